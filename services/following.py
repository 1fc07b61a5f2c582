"""Following one user's feed: what changes from now on, or from a cursor on, each change once."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.cursors import Cursor
from services.changes import Changes
from services.identities import Identities
from services.live import Live
from services.reader import Answer

PAGE = 100
MOST_REMEMBERED = 10_000  # items; the youngest stretch of the feed is read more than once

Change = Mapping[str, Any]


@dataclass(frozen=True)
class News:
    """Changes, oldest first, as the live channel tells them, and where to go on.

    ``reset``: the cursor that was given is too old, or another database's.
    """

    changes: tuple[Change, ...]
    cursor: str
    reset: bool = False


class Following:
    """Reads the feed whenever something is heard of, and as often as a process looks."""

    def __init__(self, live: Live, changes: Changes, identities: Identities):
        self._live, self._identities = live, identities
        self._versions: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._rung = asyncio.Event()
        changes.on_event(lambda _: self._rung.set())

    async def news(self, user: int, since: Cursor | None = None) -> AsyncGenerator[News, None]:
        """What is new, without an end; the first comes at once and may be empty.

        Raises `NotAuthenticated` when the account is not, or no longer, active, and `Unavailable`.
        """
        cursor = self._live.feed.now() if since is None else since
        if since is None:
            answer = await self._page(user, cursor)
            self._fresh(answer)  # what is there already is no news
            cursor = answer.cursor
        yield News((), cursor.encode())
        while True:
            self._rung.clear()
            answer = await self._page(user, cursor)
            cursor, fresh = answer.cursor, self._fresh(answer)
            if fresh or answer.reset:
                yield News(fresh, cursor.encode(), answer.reset)
            if not answer.more:
                await self._rest()

    async def _page(self, user: int, cursor: Cursor) -> Answer:
        """As he may see it now: what he is and the groups he is in are asked for each time."""
        return await self._live.reader.answer(await self._identities.user(user), cursor, PAGE)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._live.settings.look_interval_s):
                await self._rung.wait()
        except TimeoutError:
            return

    def _fresh(self, answer: Answer) -> tuple[Change, ...]:
        """Those of its changes that were not told yet: an item and its version are a change."""
        return tuple(one for one in map(json.loads, answer.changes) if self._is_fresh(one))

    def _is_fresh(self, change: Change) -> bool:
        item = change["kind"], change["item"]["id"]
        is_fresh = bool(change["version"] > self._versions.get(item, 0))
        if is_fresh:
            self._versions[item] = change["version"]
            self._versions.move_to_end(item)
            while len(self._versions) > MOST_REMEMBERED:
                self._versions.popitem(last=False)
        return is_fresh
