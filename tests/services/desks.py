"""Two users of a house, connections of one of them, and what those were told of unread items."""

from typing import Any

import orjson

from domain.accounts import Identity, User
from push.connection import Connection
from services.inbox import READ
from tests.push.parts import Paper
from tests.services.houses import House

NONE = {"messages": 0, "notices": 0, "announcements": 0}


class Desk:
    """Two users, and connections of the second; the loops are turned by hand."""

    def __init__(self, house: House, alice: User, bob: User):
        self.house, self.alice, self.bob = house, alice, bob
        self.live = house.app.live
        self.hub, self.unread = self.live.hub, self.live.unread

    @classmethod
    async def of(cls, house: House) -> "Desk":
        return cls(house, await house.user("alice"), await house.user("bob"))

    async def connect(self) -> tuple[Connection, Paper]:
        paper = Paper()
        token = await self.house.app.accounts.credentials.make_token(self.bob.id)
        identity = await self.house.app.identities.by_token(token)
        return await self.live.open(Identity(self.bob, identity.credential), paper, None), paper

    async def send(self, content: str = "x") -> None:
        await self.house.send(self.alice, content, self.bob)

    async def mark_all_read(self) -> None:
        rows = await self.house.stores.deliveries.listed(
            self.bob.id, "message", is_read=False, since=None, until=None
        )
        await self.house.inbox.mark(self.bob, ["message"], [row["_id"] for row in rows], READ)

    async def count_all(self) -> int:
        """Count until nothing is left to be counted; how often it counted."""
        rounds = 0
        while self.unread._to_count:
            await self.unread.count_moved()
            rounds += 1
        return rounds


def told(paper: Paper) -> list[dict[str, Any]]:
    frames = [orjson.loads(frame) for frame in paper.frames]
    return [frame for frame in frames if frame["type"] == "unread"]


def counts(frame: dict[str, Any]) -> dict[str, int]:
    return {key: frame[key] for key in NONE}
