"""What the subscribers' own pages do: links asked for, signing in with them, one subscription.

A page is somebody's either by the token in a link of an e-mail or, for an hour after such a link,
by a session: a token of its own, in a cookie, with a text that forms repeat.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.alert_addresses import key_of
from domain.alert_links import SIGN_IN
from domain.clock import HOUR, MINUTE, Clock
from domain.errors import NotFound, TooMany
from models.alert_asked import AskedLinks, Limit
from models.database import Document
from services.alert_people import People
from services.alert_subscribing import Asked, Caller

SESSION_US: Final = HOUR
SIGN_IN_LIMITS: Final[tuple[Limit, ...]] = ((MINUTE, 4), (HOUR, 11))
SUBSCRIBE_LIMITS: Final[tuple[Limit, ...]] = ((MINUTE, 4), (HOUR, 40))
TOO_OFTEN: Final = "This address was asked for too often. Try again later."


@dataclass(frozen=True)
class Session:
    """Whose pages these are; ``proof`` is what their forms repeat."""

    subscriber: int
    proof: str


@dataclass(frozen=True)
class Wish:
    """What somebody asked for, and showed that he reads the address of."""

    address: str
    topic: str
    frequency: str


class AlertPages:
    """The use cases behind the pages."""

    def __init__(self, people: People, asked: AskedLinks, clock: Clock):
        self.people, self._asked, self._clock = people, asked, clock
        self._tokens = people.tokens

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._asked.ensure_indexes()

    # Asking for links

    async def ask_to_sign_in(self, address: str) -> None:
        """Send a link to an address, if it is a subscriber's; nobody is told whether it is.

        Raises `TooMany`.
        """
        await self._take(f"sign-in:{key_of(address)}", SIGN_IN_LIMITS)
        try:
            found = await self.people.subscribers.by_address(address)
        except NotFound:
            return
        await self.people.letters.sign_in(found, SIGN_IN, None, Caller())

    async def ask_to_subscribe(self, wish: Wish) -> None:
        """Send a link that confirms it; raises `TooMany`, and `NotFound` for an unknown list."""
        alert_list = await self.people.list_by_slug(wish.topic)
        await self._take(f"subscribe:{key_of(wish.address)}", SUBSCRIBE_LIMITS)
        await self.people.letters.ask_to_confirm(wish.address, alert_list, wish.frequency, Caller())

    async def _take(self, key: str, limits: tuple[Limit, ...]) -> None:
        if not await self._asked.take(key, limits, self._clock.wall()):
            raise TooMany(TOO_OFTEN)

    # Signing in

    def signed_in_by(self, token: str) -> tuple[int, str | None] | None:
        """Who a link to sign in was sent to, and where he wanted to go; None for any other."""
        data = self._tokens.read(token)
        if data is None or "redirect" not in data or not _is_whole(data.get("subscriber_id")):
            return None
        return data["subscriber_id"], data["redirect"]

    def new_session(self, subscriber: int) -> str:
        """What a cookie holds."""
        data = {"subscriber_id": subscriber, "session": secrets.token_hex(16)}
        return self._tokens.make(data, valid_us=SESSION_US)

    def session(self, cookie: str) -> Session | None:
        """The session in a cookie, or None."""
        data = self._tokens.read(cookie)
        proof = None if data is None else data.get("session")
        if data is None or not isinstance(proof, str) or not _is_whole(data.get("subscriber_id")):
            return None
        return Session(data["subscriber_id"], proof)

    # One subscription

    async def of_link(self, subscription: str, token: str) -> Document | None:
        """The subscription that an e-mail's link may end, ended or not; None for any other."""
        data = self._tokens.read(token)
        return await self._of(subscription, None if data is None else data.get("subscriber_id"))

    async def of_session(self, subscription: str, session: Session) -> Document | None:
        """The same, by a session."""
        return await self._of(subscription, session.subscriber)

    async def _of(self, subscription: str, subscriber: object) -> Document | None:
        try:
            one = await self.people.subscribing.get(subscription)
        except NotFound:
            return None
        return one if one["subscriber"] == subscriber else None

    async def end(self, one: Document) -> None:
        """End it; nothing happens when it ended before."""
        try:
            await self.people.subscribing.unsubscribe(one["_id"])
        except NotFound:
            return

    async def end_by_one_click(self, subscription: str, token: str) -> bool:
        """End it by its one-click link, also when it ended before; False for another token."""
        data = self._tokens.read(token)
        if data is None or data.get("one_click") is not True:
            return False
        one = await self.of_link(subscription, token)
        if one is not None:
            await self.end(one)
        return one is not None

    # Subscribing

    def wish(self, token: str) -> Wish | None:
        """What a link to subscribe says, or None for any other."""
        data: Mapping[str, Any] = self._tokens.read(token) or {}
        values = [data.get(name) for name in ("address", "topic_id", "frequency")]
        texts = [one for one in values if isinstance(one, str)]
        return Wish(*texts) if len(texts) == len(values) else None

    async def fulfil(self, wish: Wish) -> Document:
        """The subscription that there is then; raises `NotFound` when the list is gone."""
        alert_list = await self.people.list_by_slug(wish.topic)
        asked = Asked(wish.address, alert_list["_id"], wish.frequency)
        return await self.people.subscribing.subscribe(asked)


def _is_whole(value: object) -> bool:
    return type(value) is int and value > 0
