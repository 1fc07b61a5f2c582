"""/subscribers: what they have, their address, an end to all of it (alerts contract, 1.8, 1.11)."""

from http import HTTPStatus

from domain.errors import Forbidden
from handlers.alerts.inputs import check_fields, present, text
from handlers.alerts.people import PeopleHandler
from handlers.alerts.shapes import listed_subscription, subscriber, whole_subscriber
from handlers.ids import number
from services.alert_subscribers import check_order

ID = r"(?!govuk-account\b|auth-token$)([^/]+)"
MERGE = "merge"


class SubscriptionsOfHandler(PeopleHandler):
    """What a subscriber is subscribed to now."""

    async def get(self, name: str) -> None:
        order = check_order(self.params().get("order"))
        whose = await self.people.subscribers.get(number(name))
        pairs = await self.people.subscribers.subscriptions(whose["_id"], order)
        shown = [listed_subscription(one, alert_list) for one, alert_list in pairs]
        self.reply({"subscriber": whole_subscriber(whose), "subscriptions": shown})


class SubscriberHandler(PeopleHandler):
    """A subscriber's address, and his end."""

    audits = {"PATCH": "alerts.subscribers.change", "DELETE": "alerts.subscribers.end"}

    async def patch(self, name: str) -> None:
        given, subscriber_id = self.params(), number(name)
        await self.people.subscribers.get(subscriber_id)
        changed = await self.people.subscribers.change_address(
            subscriber_id,
            present(given, "new_address"),
            merges=given.get("on_conflict") == MERGE,
            by=self.actor,
            user=self.user_id,
        )
        self.reply({"subscriber": subscriber(changed)})

    async def delete(self, name: str) -> None:
        await self.people.subscribers.unsubscribe(number(name))
        self.reply_empty(HTTPStatus.NO_CONTENT)


class AuthTokenHandler(PeopleHandler):
    """A link with a token, to whoever reads a subscriber's mail."""

    creates = frozenset({"POST"})
    audits = {"POST": "alerts.subscribers.letter"}

    async def post(self) -> None:
        given = self.params()
        check_fields(given, "address", "destination", "redirect")
        found = await self.people.subscribers.by_address(text(given["address"]))
        if found["govuk_account_id"] is not None:
            self.reply_empty(Forbidden.status)
            return
        redirect = text(given.get("redirect")) or None
        letters = self.people.letters
        await letters.sign_in(found, text(given["destination"]), redirect, self.caller())
        self.reply({"subscriber": subscriber(found)}, HTTPStatus.CREATED)


ROUTES = [
    (r"/subscribers/auth-token", AuthTokenHandler),
    (rf"/subscribers/{ID}/subscriptions", SubscriptionsOfHandler),
    (rf"/subscribers/{ID}", SubscriberHandler),
]
