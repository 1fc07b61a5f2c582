"""The collections that schedules are kept in, together."""

from dataclasses import dataclass

from models.counters import Counters
from models.database import Database
from models.failed_tasks import FailedTasks
from models.schedules import Schedules
from models.webhooks import Webhooks


@dataclass(frozen=True)
class Stores:
    """Where schedules, webhooks and failures are kept; and where their ids come from."""

    schedules: Schedules
    webhooks: Webhooks
    failed: FailedTasks
    counters: Counters

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(
            schedules=Schedules(database),
            webhooks=Webhooks(database),
            failed=FailedTasks(database, counters),
            counters=counters,
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        for one in (self.schedules, self.webhooks, self.failed):
            await one.ensure_indexes()
