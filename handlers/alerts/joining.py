"""/email/subscriptions: asking to be subscribed, and confirming it by a link (contract, 1.11)."""

from http import HTTPStatus

from domain.alert_addresses import is_address
from domain.alert_links import CONFIRM
from domain.errors import TooMany
from handlers.alerts.pages import NOT_GOOD, AlertPage
from handlers.alerts.self_service import CHOOSE, NOT_AN_ADDRESS
from services.alert_pages import TOO_OFTEN, Wish
from services.alert_subscribing import is_frequency


class NewHandler(AlertPage):
    """A form for an address and how often, for the list named by ``topic_id``."""

    async def get(self) -> None:
        await self._show(Wish("", self.asked("topic_id"), ""))

    async def _show(
        self, wish: Wish, status: int = HTTPStatus.OK, *, address: str = "", frequency: str = ""
    ) -> None:
        """The form, with what is wrong with its fields."""
        alert_list = await self.pages.people.list_by_slug(wish.topic)
        problems = {"address": address, "frequency": frequency}
        self.show("subscribe", status, wish=wish, alert_list=alert_list, problems=problems)

    async def post(self) -> None:
        form = self.form()
        names = ("address", "topic_id", "frequency")
        wish = Wish(*(form.get(name, "").strip() for name in names))
        address = "" if is_address(wish.address) else NOT_AN_ADDRESS
        frequency = "" if is_frequency(wish.frequency) else CHOOSE
        if address or frequency:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            await self._show(wish, status, address=address, frequency=frequency)
            return
        try:
            await self.pages.ask_to_subscribe(wish)
        except TooMany:
            await self._show(wish, HTTPStatus.TOO_MANY_REQUESTS, address=TOO_OFTEN)
            return
        self.say(
            "Check your e-mail",
            f"A link is on its way to {wish.address}. Follow it within seven days, "
            "and you are subscribed.",
        )


class ConfirmHandler(AlertPage):
    """What the link in that e-mail leads to: one more question, and the subscription."""

    async def get(self) -> None:
        token = self.asked("token")
        wish = self.pages.wish(token)
        if wish is None:
            self.say("This link does not work", NOT_GOOD, HTTPStatus.BAD_REQUEST)
            return
        alert_list = await self.pages.people.list_by_slug(wish.topic)
        self.show("confirm", wish=wish, alert_list=alert_list, token=token)

    async def post(self) -> None:
        wish = self.pages.wish(self.form().get("token", ""))
        if wish is None or not (is_address(wish.address) and is_frequency(wish.frequency)):
            self.say("This link does not work", NOT_GOOD, HTTPStatus.FORBIDDEN)
            return
        made = await self.pages.fulfil(wish)
        alert_list = await self.pages.people.list_of(made)
        self.remember(made["subscriber"])
        text = f"You will get e-mails about {alert_list['title']} at {wish.address}."
        self.show("said", title="You are subscribed", text=text, is_signed_in=True)


ROUTES = [
    (r"/email/subscriptions/new", NewHandler),
    (CONFIRM, ConfirmHandler),
]
