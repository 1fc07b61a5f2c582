"""Accounts over a real database of their own, for tests: a hand-moved clock, cheap hashes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from argon2 import PasswordHasher

from domain.clock import SECOND, Clock
from domain.events import Event
from domain.records import Record
from models.accounts import AccountStore
from models.counters import Counters
from models.database import Database
from models.jobs import Jobs
from models.records import Records
from push.broker import MemoryBroker
from services.accounts import Accounts
from services.changes import Changes
from services.identities import Identities
from services.memory import Memory
from services.passwords import Passwords
from services.turns import Turn
from tests.commands_sent import Commands

START = 1_700_000_000 * SECOND
SESSION_DAYS = 14
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Watch:
    """A wall clock in µs and a monotonic one in seconds, moved by hand."""

    def __init__(self) -> None:
        self.us = START

    def wall(self) -> int:
        return self.us

    def monotonic(self) -> float:
        return self.us / SECOND

    def move(self, by_s: float) -> None:
        self.us += int(by_s * SECOND)


@dataclass
class Parts:
    """What a test works with; ``process`` makes what another process would have."""

    database: Database
    watch: Watch
    commands: Commands
    store: AccountStore
    changes: Changes
    accounts: Accounts
    identities: Identities
    records: Records
    events: list[Event] = field(default_factory=list)
    purged: list[int] = field(default_factory=list)

    @property
    def signals(self) -> list[tuple[str, int, str | None]]:
        """The signals of all events so far."""
        return [
            (one.what, one.user, one.credential) for event in self.events for one in event.signals
        ]


@asynccontextmanager
async def account_parts(uri: str) -> AsyncIterator[Parts]:
    """Everything made over a database of its own, which is dropped at the end."""
    commands, watch = Commands(), Watch()
    database = Database(uri, f"test_{uuid4().hex}", listeners=[commands])
    try:
        parts = process(database, watch, commands)
        await parts.records.ensure_indexes()
        await parts.accounts.begin()
        yield parts
    finally:
        await database.drop()
        database.close()


def process(database: Database, watch: Watch, commands: Commands) -> Parts:
    """The services of one process."""
    clock, records = Clock(watch.wall), Records(database)
    changes = Changes(
        records=records,
        clock=clock,
        broker=MemoryBroker(),
        process=uuid4().hex,
        overlap_us=10 * SECOND,
    )
    store = AccountStore.of(database, Counters(database))
    passwords = Passwords(store.users, CHEAP)
    purged: list[int] = []

    async def purge(user: int, record: Record, turn: Turn) -> None:
        purged.append(user)

    accounts = Accounts(
        store,
        changes,
        passwords=passwords,
        purge_mailbox=purge,
        jobs=Jobs(database),
        session_days=SESSION_DAYS,
    )
    memory = Memory(watch.monotonic)
    identities = Identities(store, passwords, clock=clock, memory=memory, rights_of_everyone=("r",))
    changes.add_kinds(accounts.kinds())
    parts = Parts(
        database, watch, commands, store, changes, accounts, identities, records, [], purged
    )
    changes.on_event(identities.forget)
    changes.on_event(parts.events.append)
    return parts
