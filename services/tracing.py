"""One message's whole way, with times: from the database, and from what this process remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.accounts import User
from domain.records import Record
from models.records import Records
from services.receipts import Receipt, Sent, SentReceipts
from services.steps import COMMITTED, EFFECTS, PUBLISHED, TOLD, Step, Steps

DATABASE = "database"
ACCEPTED = "accepted"
OWN_STEPS = (COMMITTED, EFFECTS, TOLD, PUBLISHED)


@dataclass(frozen=True)
class Passed:
    """One step: when it was over (µs), and who says so; both None when that is not known."""

    step: str
    at: int | None
    known_by: str | None


@dataclass(frozen=True)
class Trace:
    """The way of what was sent.

    ``record`` is None once it was removed. ``pushed`` are (user, device) that this process pushed
    to, with times. An audience has ``counts`` in place of ``receipts``.
    """

    sent: Sent
    record: Record | None
    steps: Sequence[Passed]
    pushed: Mapping[tuple[int, str], int]
    receipts: Sequence[Receipt]
    counts: Mapping[str, int] | None


class Tracing:
    """Tells administrators what became of a message; ``process`` is who tells."""

    def __init__(self, receipts: SentReceipts, records: Records, steps: Steps, *, process: str):
        self._receipts, self._records, self._steps = receipts, records, steps
        self.process = process

    async def of(self, asking: User, kind: str, item_id: int, start: int, size: int) -> Trace:
        """The way of what was sent under this id, with a page of its receipts.

        Raises `NotFound`.
        """
        sent = await self._receipts.find(asking, kind, item_id)
        record = await self._records.get(sent.record)
        known = self._steps.of(sent.record)
        pushed = {step: at for step, at in known.items() if isinstance(step, tuple)}
        steps = [Passed(ACCEPTED, sent.sent_on, DATABASE), *self._own(known)]
        if sent.notice is not None:
            counts = await self._receipts.counts(sent)
            return Trace(sent, record, steps, pushed, (), counts)
        receipts = await self._receipts.page(sent, start, size)
        return Trace(sent, record, steps, pushed, receipts, None)

    def _own(self, known: Mapping[Step, int]) -> list[Passed]:
        return [
            Passed(step, known.get(step), self.process if step in known else None)
            for step in OWN_STEPS
        ]
