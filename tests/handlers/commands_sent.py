"""A site whose commands to the database are counted."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from pymongo.monitoring import CommandListener

from tests.conftest import StoreUris, settings_for
from tests.sites import Site

# What goes on at any time: the look, what was done being marked as done, jobs, the
# process's lease and counters.
BEHIND = {
    ("update", "audit_entries"),
    *(("find", "live_records"), ("update", "live_records")),
    *(("find", "processes"), ("update", "processes"), ("insert", "processes")),
    *(("find", "jobs"), ("update", "jobs"), ("aggregate", "inbox_deliveries")),
}


class Commands(CommandListener):
    """Keeps (command, collection) of all that is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def started(self, event: Any) -> None:
        self.sent.append((event.command_name, str(event.command.get(event.command_name))))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass

    @contextmanager
    def counted(self, *wanted: str) -> Iterator[None]:
        """Exactly these commands are sent, as "command collection", in whichever order."""
        self.sent.clear()
        yield
        sent = [f"{command} {of}" for command, of in self.sent if (command, of) not in BEHIND]
        assert sorted(sent) == sorted(wanted)


@asynccontextmanager
async def counted_site(
    store_uris: StoreUris, database_name: str
) -> AsyncIterator[tuple[Site, Commands]]:
    """One that does little by itself meanwhile, and what it sends."""
    commands = Commands()
    settings = settings_for(database_name, CARILLON_LIVE_LOOK_INTERVAL_S="60")
    async with Site(settings, store_uris, listeners=[commands]) as site:
        yield site, commands
