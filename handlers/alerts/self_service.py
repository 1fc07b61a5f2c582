"""/email/manage and /email/unsubscribe: seeing and ending one's subscriptions (3.5, 3.8)."""

from http import HTTPStatus

from domain.alert_addresses import is_address
from domain.alert_links import MANAGE, SIGN_IN, UNSUBSCRIBE
from domain.errors import NotFound, TooMany
from domain.root_relative import is_root_relative
from domain.uuids import as_uuid
from handlers.alerts.pages import NOT_GOOD, AlertPage
from models.database import Document
from services.alert_pages import TOO_OFTEN, Session
from services.alert_subscribing import is_frequency

ID = r"([^/]+)"
NOT_AN_ADDRESS = "Enter an e-mail address, like name@example.com."
CHOOSE = "Choose how often you want e-mails."


class SignInHandler(AlertPage):
    """Asking for a link, and following it."""

    async def get(self) -> None:
        token = self.asked("token")
        if not token:
            self.show_sign_in(address=self.asked("address"))
            return
        found = self.pages.signed_in_by(token)
        if found is None:
            self.forget()
            self.show_sign_in(HTTPStatus.BAD_REQUEST, note=NOT_GOOD)
            return
        subscriber, redirect = found
        self.remember(subscriber)
        self.go(redirect if redirect and is_root_relative(redirect) else MANAGE)

    async def post(self) -> None:
        address = self.form().get("address", "").strip()
        if not is_address(address):
            self.show_sign_in(
                HTTPStatus.UNPROCESSABLE_ENTITY, address=address, problem=NOT_AN_ADDRESS
            )
            return
        try:
            await self.pages.ask_to_sign_in(address)
        except TooMany:
            self.show_sign_in(HTTPStatus.TOO_MANY_REQUESTS, address=address, problem=TOO_OFTEN)
            return
        self.say(
            "Check your e-mail",
            f"If {address} is subscribed to anything, a link is on its way to it. "
            "It works for seven days.",
        )


class _Signed(AlertPage):
    """A page for who followed a link within the last hour; others are shown how to get one."""

    async def get(self, *names: str) -> None:
        session = self.session()
        if session is None:
            self.go(SIGN_IN)
        else:
            await self.page(session, *names)

    async def post(self, *names: str) -> None:
        form = self.form()
        session = self.proven(form)
        if session is None:
            self.show_sign_in(HTTPStatus.FORBIDDEN, note=NOT_GOOD)
        else:
            await self.change(session, form, *names)

    async def page(self, session: Session, *names: str) -> None:
        raise NotImplementedError

    async def change(self, session: Session, form: dict[str, str], *names: str) -> None:
        raise NotImplementedError

    async def own(self, session: Session, name: str) -> Document:
        """One of his that is not ended; raises `NotFound`."""
        one = await self.pages.of_session(as_uuid(name) or "", session)
        if one is None or not one.get("active"):
            raise NotFound("You are not subscribed to this any more.")
        return one


class ManageHandler(_Signed):
    """All that somebody is subscribed to; sending its form leaves the pages."""

    async def page(self, session: Session, *names: str) -> None:
        people = self.pages.people
        whose = await people.subscribers.get(session.subscriber)
        pairs = await people.subscribers.subscriptions(whose["_id"], "title")
        self.show(
            "manage",
            whose=whose,
            pairs=pairs,
            proof=session.proof,
            page_of=lambda one: people.links.to(one["url"]) if one["url"] else None,
        )

    async def change(self, session: Session, form: dict[str, str], *names: str) -> None:
        self.forget()
        self.show_sign_in(note="You have left. Ask for a link when you want to come back.")


class FrequencyHandler(_Signed):
    """How often one list's e-mails come."""

    async def page(self, session: Session, *names: str) -> None:
        await self._show(session, names[0])

    async def _show(
        self, session: Session, name: str, status: int = HTTPStatus.OK, problem: str = ""
    ) -> None:
        one = await self.own(session, name)
        alert_list = await self.pages.people.list_of(one)
        values = {"one": one, "alert_list": alert_list, "proof": session.proof}
        self.show("frequency", status, problem=problem, **values)

    async def change(self, session: Session, form: dict[str, str], *names: str) -> None:
        frequency = form.get("frequency", "")
        if not is_frequency(frequency):
            await self._show(session, names[0], HTTPStatus.UNPROCESSABLE_ENTITY, CHOOSE)
            return
        one = await self.own(session, names[0])
        await self.pages.people.subscribing.change(one["_id"], frequency, None)
        self.go(MANAGE)


class EndAllHandler(_Signed):
    """An end to everything at once."""

    async def page(self, session: Session, *names: str) -> None:
        self.show("end-all", proof=session.proof)

    async def change(self, session: Session, form: dict[str, str], *names: str) -> None:
        await self.pages.people.subscribers.unsubscribe(session.subscriber)
        self.say("You are unsubscribed", "You will get no more e-mails about any list.")


class UnsubscribeHandler(AlertPage):
    """Ending one subscription, by the link in an e-mail or on the page of all."""

    async def get(self, name: str) -> None:
        token, session = self.asked("token"), self.session()
        one = await self._one(name, token, session)
        if one is None:
            self.show_sign_in(HTTPStatus.BAD_REQUEST, note=NOT_GOOD)
            return
        alert_list = await self.pages.people.list_of(one)
        if not one.get("active"):
            self.say("You are not subscribed", f"You get no e-mails about {alert_list['title']}.")
            return
        proof = "" if session is None else session.proof
        self.show("unsubscribe", alert_list=alert_list, token=token, proof=proof)

    async def post(self, name: str) -> None:
        form = self.form()
        one = await self._one(name, form.get("token", ""), self.proven(form))
        if one is None:
            self.show_sign_in(HTTPStatus.FORBIDDEN, note=NOT_GOOD)
            return
        await self.pages.end(one)
        alert_list = await self.pages.people.list_of(one)
        text = f"You will get no more e-mails about {alert_list['title']}."
        self.say("You are unsubscribed", text)

    async def _one(self, name: str, token: str, session: Session | None) -> Document | None:
        """The subscription, if the link or the session is its subscriber's."""
        subscription = as_uuid(name) or ""
        by_link = await self.pages.of_link(subscription, token) if token else None
        if by_link is not None or session is None:
            return by_link
        return await self.pages.of_session(subscription, session)


class OneClickHandler(AlertPage):
    """What mail programs send on their own (RFC 8058); a person who follows it is asked first."""

    async def get(self, name: str) -> None:
        query = self.request.query
        self.go(f"{UNSUBSCRIBE}{as_uuid(name) or 'unknown'}{'?' if query else ''}{query}")

    async def post(self, name: str) -> None:
        """200 also when it ended before, 401 for a token that is not this link's; both `{}`."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        is_done = await self.pages.end_by_one_click(as_uuid(name) or "", self.asked("token"))
        self.reply({}, HTTPStatus.OK if is_done else HTTPStatus.UNAUTHORIZED)


ROUTES = [
    (SIGN_IN, SignInHandler),
    (MANAGE, ManageHandler),
    (rf"{MANAGE}/frequency/{ID}", FrequencyHandler),
    (rf"{MANAGE}/unsubscribe-all", EndAllHandler),
    (rf"{UNSUBSCRIBE}one-click/{ID}", OneClickHandler),
    (rf"{UNSUBSCRIBE}{ID}", UnsubscribeHandler),
]
