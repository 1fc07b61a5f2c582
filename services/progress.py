"""How far a long action is: begun, advanced and ended by whoever does it, read by those who may."""

from collections.abc import Collection, Mapping

from domain.accounts import User
from domain.clock import Clock
from domain.errors import NotFound
from models.database import Database
from models.progress import DONE, FAILED, RUNNING, Progress, ProgressStore

INTERNAL_APP = "internal_app"


def build(database: Database, clock: Clock) -> "Progresses":
    """Progress over its collection."""
    return Progresses(ProgressStore(database), clock)


class Progresses:
    """One resource for every long action. ``key`` is its id, and beginning it twice is once."""

    def __init__(self, store: ProgressStore, clock: Clock):
        self._store, self._clock = store, clock

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._store.ensure_indexes()

    async def start(
        self,
        key: str,
        kind: str,
        *,
        total: int | None = None,
        links: Mapping[str, str] | None = None,
        owner: int | None = None,
    ) -> None:
        """It runs; ``links`` name what it is about."""
        now = self._clock.wall()
        await self._store.begin(
            Progress(key, kind, 0, total, RUNNING, now, None, links or {}, owner)
        )

    async def advance(self, key: str, done: int, total: int | None = None) -> None:
        """So much is done by now; ``total`` once it is known."""
        await self._store.advance(key, done, total)

    async def count(self, key: str, more: int) -> None:
        """So much more is done, each by whoever did it, once."""
        await self._store.count(key, more)

    async def end(self, key: str) -> None:
        """It is done."""
        await self._store.end(key, DONE, self._clock.wall())

    async def fail(self, key: str) -> None:
        """It was given up."""
        await self._store.end(key, FAILED, self._clock.wall())

    async def known(self, keys: Collection[str]) -> dict[str, Progress]:
        """Those of ``keys`` that began and are not forgotten, by key; for administrators."""
        return await self._store.get_all(keys)

    async def read(self, key: str, user: User) -> Progress:
        """For who asked for it, administrators and `internal_app`; raises `NotFound`."""
        found = await self._store.get(key)
        if found is None or not (user.may(INTERNAL_APP) or found.owner == user.id):
            raise NotFound
        return found
