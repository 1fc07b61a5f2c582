"""Alerts: every store and use case of the area, built together and handed to the doors."""

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass

from domain.alert_links import Links
from domain.clock import Clock
from models.alert_lists import AlertLists as Lists
from models.alert_people import AlertPeople
from models.counters import Counters
from models.database import Database
from services.alert_lists import AlertLists
from services.alert_people import Mail, People, Writing
from services.alert_tokens import Tokens
from services.changes import Changes
from settings import Settings


@dataclass(frozen=True)
class Stores:
    """The collections of the area."""

    lists: Lists
    people: AlertPeople

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(Lists(database, counters), AlertPeople.of(database, counters))

    async def ensure_indexes(self) -> None:
        await self.lists.ensure_indexes()
        await self.people.ensure_indexes()


class Alerts:
    """The use cases of alerts."""

    def __init__(self, stores: Stores, changes: Changes, mail: Mail, settings: Settings):
        self.stores = stores
        tag_keys, subscriptions = settings.alerts.tag_keys, stores.people.subscriptions
        self.lists = AlertLists(stores.lists, subscriptions, changes.clock, tag_keys)
        self.people = People(
            stores.people,
            stores.lists,
            changes,
            mail=mail,
            writing=_writing(settings, changes.clock),
            accounts=settings.alerts.account_api,
        )

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.stores.ensure_indexes()


def build(
    kept_in: tuple[Database, Counters],
    changes: Changes,
    mail: Mail,
    settings: Settings,
    undo: AsyncExitStack,
) -> Alerts:
    """Alerts over their collections; ``undo`` lets go of what they hold."""
    made = Alerts(Stores.of(*kept_in), changes, mail, settings)
    undo.push_async_callback(made.people.close)
    return made


def _writing(settings: Settings, clock: Clock) -> Writing:
    """Links, and tokens in them. Without a secret that was set or kept they are this process's."""
    root = root_of(settings)
    secret = settings.alerts.jwt_secret or secrets.token_hex(32)
    return Writing(Tokens(secret, root, clock), Links(root))


def root_of(settings: Settings) -> str:
    """Where the pages are that e-mails link to; without a setting, here."""
    server = settings.server
    here = f"http://{server.address or 'localhost'}:{server.port}"
    return settings.alerts.website_root or server.public_url or here
