"""Going over all subscriptions in batches, so that any number of them takes the same room."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from domain.telling import Tell, untold
from models.database import Document, Filter
from models.stages import Stages as Stores

AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class Choice:
    """Whom an operator's verb goes over: as of ``at`` (µs), of one set or of all.

    With ``dry_run`` it only counts. ``tell`` hears how many numbers were gone through.
    """

    at: int
    messageset: int | None = None
    dry_run: bool = False
    tell: Tell = untold

    def takes(self, row: Document) -> bool:
        """Is a subscription among them?

        Judged here: with another condition the embedded database would not go by the number.
        """
        is_of_set = self.messageset in (None, row["messageset"])
        return is_of_set and bool(row["created_at"] <= self.at)


async def batches(store: Stores, wanted: Filter, choice: Choice) -> AsyncIterator[list[Document]]:
    """The subscriptions that are wanted and chosen, by their numbers; none is empty.

    Those that are made meanwhile are left out.
    """
    until = await store.counters.stage_subscriptions.last()
    for after in range(0, until, AT_ONCE):
        rows = await store.subscriptions.between(after, min(after + AT_ONCE, until), wanted)
        rows = [row for row in rows if choice.takes(row)]
        if rows:
            yield rows
        choice.tell("subscriptions", min(after + AT_ONCE, until), until)
