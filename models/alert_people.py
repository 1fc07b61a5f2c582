"""Who hears of lists: subscribers and subscriptions, and where subscribers' ids come from."""

from dataclasses import dataclass

from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.counters import Counters, Sequence
from models.database import Database


@dataclass(frozen=True)
class AlertPeople:
    """The two collections."""

    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    ids: Sequence

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "AlertPeople":
        return cls(
            AlertSubscribers(database), AlertSubscriptions(database), counters.alert_subscribers
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        await self.subscribers.ensure_indexes()
        await self.subscriptions.ensure_indexes()
