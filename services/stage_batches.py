"""Going over all subscriptions in batches, so that any number of them takes the same room."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from models.database import Document, Filter
from models.stages import Stages as Stores

AT_ONCE: Final = 1_000


async def batches(
    store: Stores, wanted: Filter, messageset: int | None = None
) -> AsyncIterator[list[Document]]:
    """The subscriptions that are wanted, of one set or of all, by their numbers; none is empty.

    Those that are made meanwhile are left out.
    """
    until = await store.counters.stage_subscriptions.last()
    is_of_set = of_set(messageset)
    for after in range(0, until, AT_ONCE):
        rows = await store.subscriptions.between(after, min(after + AT_ONCE, until), wanted)
        rows = [row for row in rows if is_of_set(row)]
        if rows:
            yield rows


def of_set(messageset: int | None) -> Callable[[Document], bool]:
    """Is a subscription of this set; of any without one.

    Judged here: with another condition the embedded database would not go by the number.
    """
    return lambda row: messageset is None or row["messageset"] == messageset
