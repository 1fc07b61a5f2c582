"""What other processes publish: envelopes are opened, and their events handed on together.

What one turn of the loop brings is heard in the next: of a burst every receiver is so told in one
step what would else be a step for each event.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from domain.events import Event
from domain.jobs import Due
from push import envelopes

log = logging.getLogger("carillon.changes")

LARGE_QUEUE = 1_000  # records to be asked for; the look finds those beyond


class Hearing:
    """Takes envelopes one by one, as a `push.broker.Heard`.

    ``hear`` is called with events in their order, ``ask`` with the id of a record whose event was
    too large for an envelope; ``on_due`` with jobs, ``on_news`` with a process and what it says.
    """

    def __init__(
        self, process: str, hear: Callable[..., None], ask: Callable[[str], Awaitable[None]]
    ):
        self.on_due: Callable[[Sequence[Due]], None] = lambda jobs: None
        self.on_news: Callable[[str, Mapping[str, Any]], None] = lambda process, news: None
        self._own, self._hear, self._ask = envelopes.origin(process), hear, ask
        self._came: list[bytes] = []
        self._large: asyncio.Queue[str] = asyncio.Queue(LARGE_QUEUE)

    def take(self, envelope: bytes) -> None:
        """Hear what is in it, unless it is our own; what cannot be read is left to the look."""
        if envelope.startswith(self._own):
            return
        if not self._came:
            asyncio.get_running_loop().call_soon(self._hear_all)
        self._came.append(envelope)

    def _hear_all(self) -> None:
        came, self._came = self._came, []
        events = map(self._open, came)
        self._hear(*(event for event in events if event is not None))

    def _open(self, envelope: bytes) -> Event | None:
        """The event in an envelope; what else may be in it is handed on."""
        try:
            opened = envelopes.Opened(envelope)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("an envelope could not be read: %s", error)
            return None
        self.on_news(opened.process, opened.news)
        if opened.due:
            self.on_due(opened.due)
        if opened.event is None and opened.record is not None and not self._large.full():
            self._large.put_nowait(opened.record)
        return opened.event

    async def ask_for_large(self) -> None:
        """Hear of the next record that came by its id alone, for its event is large."""
        await self._ask(await self._large.get())
