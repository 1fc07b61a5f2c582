"""Alerts: every store and use case of the area, built together and handed to the doors."""

from dataclasses import dataclass

from domain.clock import Clock
from models.alert_lists import AlertLists as Lists
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.counters import Counters
from models.database import Database
from services.alert_lists import AlertLists
from settings import Settings


@dataclass(frozen=True)
class Stores:
    """The collections of the area."""

    lists: Lists
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(
            Lists(database, counters),
            AlertSubscribers(database),
            AlertSubscriptions(database),
        )

    async def ensure_indexes(self) -> None:
        await self.lists.ensure_indexes()
        await self.subscribers.ensure_indexes()
        await self.subscriptions.ensure_indexes()


class Alerts:
    """The use cases of alerts."""

    def __init__(self, stores: Stores, clock: Clock, settings: Settings):
        self.stores = stores
        tag_keys = settings.alerts.tag_keys
        self.lists = AlertLists(stores.lists, stores.subscriptions, clock, tag_keys)

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.stores.ensure_indexes()


def build(database: Database, counters: Counters, clock: Clock, settings: Settings) -> Alerts:
    """Alerts over their collections."""
    return Alerts(Stores.of(database, counters), clock, settings)
