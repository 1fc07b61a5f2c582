"""Alerts: every store and use case of the area, built together and handed to the doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.clock import Clock
from domain.jobs import Kind
from models.alert_contents import AlertContents as Contents
from models.alert_lists import AlertLists as Lists
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.counters import Counters
from models.database import Database
from models.jobs import Jobs
from services.alert_contents import PROCESS, UNSUBSCRIBE_LIST, AlertContents, Kept
from services.alert_lists import AlertLists
from settings import Settings

PROCESS_LIMIT_S: Final = 600.0
"""A content with many subscribers; what was done by then is not done again."""


@dataclass(frozen=True)
class Stores:
    """The collections of the area."""

    lists: Lists
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    contents: Contents

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(
            Lists(database, counters),
            AlertSubscribers(database),
            AlertSubscriptions(database),
            Contents(database),
        )

    async def ensure_indexes(self) -> None:
        for store in (self.lists, self.subscribers, self.subscriptions, self.contents):
            await store.ensure_indexes()


class Alerts:
    """The use cases of alerts."""

    def __init__(self, stores: Stores, jobs: Jobs, clock: Clock, settings: Settings):
        self.stores = stores
        tag_keys = settings.alerts.tag_keys
        self.lists = AlertLists(stores.lists, stores.subscriptions, clock, tag_keys)
        kept = Kept(stores.contents, stores.lists, stores.subscriptions, jobs)
        self.contents = AlertContents(kept, clock)

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.stores.ensure_indexes()

    def job_kinds(self) -> Mapping[str, Kind]:
        """What happens later in alerts."""
        return {
            PROCESS: Kind(self.contents.process, limit_s=PROCESS_LIMIT_S),
            UNSUBSCRIBE_LIST: Kind(self.contents.run_unsubscribe, limit_s=PROCESS_LIMIT_S),
        }


def build(
    database: Database, jobs: Jobs, counters: Counters, clock: Clock, settings: Settings
) -> Alerts:
    """Alerts over their collections."""
    return Alerts(Stores.of(database, counters), jobs, clock, settings)
