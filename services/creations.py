"""Making something that nobody is told of: once per Idempotency-Key, and plainly without one.

Whatever is told is a record of its own kind, which takes a key as it is (`changes.Draft`). This is
for the rest: a use case that makes documents declares a `Creation` under a name and makes its
drafts through it; its route declares ``creates``.
"""

from collections.abc import Awaitable, Callable

from domain.events import Event
from domain.records import Body, Record
from services.changes import Changes, Draft, Outcome
from services.turns import Turn

Insert = Callable[[Body], Awaitable[object]]


class Creation:
    """A kind of record whose only effect is ``insert`` of its body.

    ``insert`` may be called again by a late finisher: what is there stays as it is, and what was
    deleted meanwhile must have left a tombstone (hole H4). So ids are in the body, not made there.
    """

    def __init__(self, insert: Insert):
        self._insert = insert

    async def make(self, changes: Changes, draft: Draft) -> Outcome:
        """Make it; under a key the answer of the first time. Raises as `Changes.make`."""
        if draft.key is not None:
            return await changes.make(draft)
        await self._insert(draft.body)
        return Outcome(draft.answer, changes.clock.now())

    async def apply(self, record: Record, turn: Turn) -> None:
        await self._insert(record.body)

    async def event(self, record: Record) -> Event:
        return Event(record.id, record.revision)
