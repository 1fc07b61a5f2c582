"""Two processes over one database, two people, and a process that dies at a step of a change."""

from dataclasses import dataclass
from typing import Any

import pytest

from domain.accounts import User
from domain.clock import SECOND
from models.database import Document
from services.turns import LEASE_US
from tests.conftest import HandClock
from tests.services.houses import House

LEASE_S = LEASE_US / SECOND


class Killed(BaseException):
    """The process ends here: nothing catches it, nothing after it runs."""


def kill_at(patch: pytest.MonkeyPatch, target: Any, step: str, *, after: bool = False) -> None:
    """Let a process die before (or after) one step of a change, once."""
    real = getattr(target, step)

    async def die(*args: Any, **kwargs: Any) -> Any:
        patch.setattr(target, step, real)
        if after:
            await real(*args, **kwargs)
        raise Killed

    patch.setattr(target, step, die)


async def copies(house: House, user: int) -> list[Document]:
    return await house.stores.deliveries.listed(
        user, "message", is_read=None, since=None, until=None
    )


def told(house: House) -> list[str]:
    """The frames that a process delivered, as text."""
    return [part.frame.decode() for event in house.heard for part in event.parts]


@dataclass
class Pair:
    """Alice writes to Bob through the first process; the second finishes what it leaves."""

    first: House
    second: House
    alice: User
    bob: User
    clock: HandClock
    patch: pytest.MonkeyPatch

    async def send(self, content: str = "hello", *more: User, **options: Any) -> Any:
        """Through the first, to Bob and ``more``."""
        return await self.first.send(self.alice, content, self.bob, *more, **options)

    async def leave(self, content: str = "hello", *more: User, **options: Any) -> None:
        """The first dies before it writes the copies of a send."""
        self.kill_first("deliveries", "add")
        with pytest.raises(Killed):
            await self.send(content, *more, **options)

    def kill_first(self, store: str, step: str, *, after: bool = False) -> None:
        kill_at(self.patch, getattr(self.first.stores, store), step, after=after)

    async def look_when_the_lease_is_over(self) -> None:
        self.clock.move(LEASE_S + 1)
        await self.second.changes.look()

    async def copy(self) -> Document:
        """Bob's only one."""
        (copy,) = await copies(self.first, self.bob.id)
        return copy

    async def has_one(self) -> bool:
        return len(await copies(self.second, self.bob.id)) == 1
