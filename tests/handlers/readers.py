"""A client that does a reader's duty: it applies a change if its version is greater."""

import asyncio
from typing import Any, Self

from services.inbox import Sending
from tests.sites import LIMIT_S, Person, Site, Socket


class Reader:
    """What one device shows. It fails when a version is told twice where that must not be."""

    def __init__(self, socket: Socket):
        self.socket = socket
        self.items: dict[tuple[str, int], dict[str, Any]] = {}
        self.unread: dict[str, int] = dict(socket.hello["unread"])
        self.at = self.unread.pop("at")
        self.resets = 0

    @classmethod
    async def come(cls, site: Site, who: Person, since: str | None = None) -> Self:
        return cls(await site.socket(who, since))

    @property
    def cursor(self) -> str:
        return self.socket.cursor

    @property
    def contents(self) -> list[str]:
        """Of what is shown, in the order of the lists: by revision."""
        shown = [one for one in self.items.values() if not one.get("deleted")]
        return [one["item"]["content"] for one in sorted(shown, key=lambda one: one["revision"])]

    @property
    def states(self) -> dict[tuple[str, int], int]:
        """Every item's version, the deleted ones too."""
        return {key: one["version"] for key, one in self.items.items()}

    async def take(self) -> dict[str, Any] | None:
        """Read one frame; what it changed here, or None."""
        frame = await self.socket.any_frame()
        if frame["type"] == "reset":
            self.resets += 1
        if frame["type"] == "unread" and frame["at"] >= self.at:
            self.at = frame.pop("at")
            self.unread = {key: frame[key] for key in self.unread}
        return frame if frame["type"] == "change" and self._apply(frame) else None

    def _apply(self, frame: dict[str, Any]) -> bool:
        key = frame["kind"], frame["item"]["id"]
        if key in self.items and self.items[key]["version"] >= frame["version"]:
            return False
        self.items[key] = frame
        return True

    async def news(self, kind: str | None = None) -> dict[str, Any]:
        """The next change that says something new."""
        while True:
            frame = await self.take()
            if frame is not None and kind in (None, frame["kind"]):
                return frame

    async def until(self, holds: Any, limit_s: float = LIMIT_S) -> None:
        """Read until ``holds()``."""
        async with asyncio.timeout(limit_s):
            while not holds():
                await self.take()

    def cut(self) -> None:
        """The line is dead, without a word."""
        self.socket.connection.transport.abort()

    async def close(self) -> None:
        await self.socket.close()


async def send(site: Site, who: Person, content: str, *to: Person) -> None:
    """A message, past HTTP, for tests that send many."""
    sender = await site.app.identities.user(who.id)
    wanted = [one.id for one in to]
    await site.app.inbox.send("message", Sending(sender=sender, content=content, wanted=wanted))
