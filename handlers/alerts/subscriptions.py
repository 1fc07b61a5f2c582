"""/subscriptions and /unsubscribe: made, shown, changed, ended (alerts contract, 1.8 and 1.11)."""

from http import HTTPStatus

from domain.alert_addresses import is_address, is_smoke_test
from domain.alert_errors import NOT_AN_EMAIL, MissingParameter, refused
from handlers.alerts.inputs import (
    check_fields,
    frequency,
    is_true,
    list_id,
    present,
    text,
    uuid,
)
from handlers.alerts.people import PeopleHandler
from services.alert_subscribing import Asked

ID = r"(?!auth-token$)([^/]+)"


class SubscriptionsHandler(PeopleHandler):
    """Subscribing an address to a list."""

    creates = frozenset({"POST"})
    audits = {"POST": "alerts.subscriptions.create"}

    async def post(self) -> None:
        given = self.params()
        address = present(given, "address")
        if is_smoke_test(address):
            self.reply({"id": 0, "subscription": None}, HTTPStatus.CREATED)
            return
        if not is_address(address):
            raise refused("address", NOT_AN_EMAIL)
        alert_list = await self.people.list_by_id(list_id(given))
        is_quiet = is_true(given.get("skip_confirmation_email"))
        asked = Asked(address, alert_list["_id"], frequency(given), self.actor, is_quiet)
        made = await self.people.subscribing.subscribe(asked, self.caller())
        self.about(made["_id"])
        self.reply(await self.shown(made))


class SubscriptionHandler(PeopleHandler):
    """One subscription, ended or not; changing how often."""

    audits = {"PATCH": "alerts.subscriptions.change"}

    async def get(self, name: str) -> None:
        self.reply(await self.shown(await self.people.subscribing.get(uuid(name))))

    async def patch(self, name: str) -> None:
        given = self.params()
        one = await self.people.subscribing.active(uuid(name))
        if "frequency" not in given:
            raise MissingParameter("frequency")
        changed = await self.people.subscribing.change(
            one["_id"], frequency(given), self.actor, self.user_id
        )
        self.reply(await self.shown(changed))


class LatestHandler(PeopleHandler):
    """The latest subscription of the same subscriber to the same list."""

    async def get(self, name: str) -> None:
        self.reply(await self.shown(await self.people.subscribing.latest(uuid(name))))


class AuthTokenHandler(PeopleHandler):
    """A link with a token, to whoever reads an address that somebody wants to subscribe."""

    creates = frozenset({"POST"})
    audits = {"POST": "alerts.subscriptions.letter"}

    async def post(self) -> None:
        given = self.params()
        check_fields(given, "address", "topic_id", "frequency")
        alert_list = await self.people.list_by_slug(text(given["topic_id"]))
        await self.people.letters.ask_to_confirm(
            text(given["address"]), alert_list, given["frequency"], self.caller()
        )
        self.reply({})


class UnsubscribeHandler(PeopleHandler):
    """Ending one subscription, once."""

    audits = {"POST": "alerts.subscriptions.end"}

    async def post(self, name: str) -> None:
        await self.people.subscribing.unsubscribe(uuid(name))
        self.reply_empty(HTTPStatus.NO_CONTENT)


ROUTES = [
    (r"/subscriptions", SubscriptionsHandler),
    (r"/subscriptions/auth-token", AuthTokenHandler),
    (rf"/subscriptions/{ID}/latest", LatestHandler),
    (rf"/subscriptions/{ID}", SubscriptionHandler),
    (r"/unsubscribe/([^/]+)", UnsubscribeHandler),
]
