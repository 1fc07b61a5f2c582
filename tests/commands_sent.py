"""What goes to the database, listened to: every command is a round trip."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

from pymongo.monitoring import CommandListener, CommandStartedEvent

from tests.conftest import StoreUris, settings_for
from tests.sites import Site, until

# What goes on at any time: the look, what was done being marked as done, jobs, the
# process's lease and counters.
BEHIND = {
    ("update", "audit_entries"),
    *(("find", "live_records"), ("update", "live_records")),
    *(("find", "processes"), ("update", "processes"), ("insert", "processes")),
    *(("find", "jobs"), ("update", "jobs"), ("aggregate", "inbox_deliveries")),
}
TIDIED = "delete audit_entries"  # the last that a process asks for by itself when it starts


class Command(NamedTuple):
    """One that was sent, of a collection as a rule; ``body`` is the whole of it."""

    name: str
    of: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.name} {self.of}"


class Commands(CommandListener):
    """Keeps all that is sent, in order; clear ``sent`` to begin anew."""

    def __init__(self) -> None:
        self.sent: list[Command] = []

    def started(self, event: CommandStartedEvent) -> None:
        of = str(event.command.get(event.command_name))
        self.sent.append(Command(event.command_name, of, event.command))

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...

    @property
    def names(self) -> list[str]:
        """Without what they are of."""
        return [one.name for one in self.sent]

    @contextmanager
    def counted(self, *wanted: str) -> Iterator[None]:
        """Exactly these commands are sent, as "command collection", in whichever order."""
        self.sent.clear()
        yield
        sent = [str(one) for one in self.sent if (one.name, one.of) not in BEHIND]
        assert sorted(sent) == sorted(wanted)


@asynccontextmanager
async def counted_site(
    store_uris: StoreUris, database_name: str
) -> AsyncIterator[tuple[Site, Commands]]:
    """One that does little by itself meanwhile, and what it sends."""
    commands = Commands()
    settings = settings_for(database_name, CARILLON_LIVE_LOOK_INTERVAL_S="60")
    async with Site(settings, store_uris, listeners=[commands]) as site:
        await until(lambda: TIDIED in map(str, commands.sent))
        yield site, commands
