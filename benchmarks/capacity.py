"""A million users, worked out: the arithmetic of docs/capacity.md, from what was measured.

``python -m benchmarks.capacity`` prints each figure; a test holds the page to them, and what is
taken as measured to the tables of benchmarks/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Assumed: put in your own.
USERS: Final = 1_000_000
CONNECTED: Final = 0.1  # of them, at the peak
SENDS_A_DAY: Final = 10  # of each, to one reader, and each is marked read
BUSIEST: Final = 0.1  # of the day, in its busiest hour
PROCESSES: Final = 10
PROCESS_MIB: Final = 80
INDEX_ENTRIES, ENTRY_BYTES = 8, 40
COPY_BYTES: Final = 422  # the sender's own is taken as the same
CORE_A_MONTH, GB_A_MONTH = 20, 0.10
REPLICAS: Final = 3
SERVER_CORES, MONGODB_CORES, OTHER_CORES = 12, 24, 8
RETENTION_DAYS: Final = 90


@dataclass(frozen=True)
class Measured:
    """A cell of a table in benchmarks/README.md: under which heading, its row and column.

    ``off`` is how many times as much, or as little, a later run may print before all has to be
    worked out anew: times scatter on a busy machine, bytes do not.
    """

    value: float
    section: str
    row: str
    column: str
    off: float = 1.6


FAST: Final = Measured(898, "send_latency, a faster database", "32", "server CPU µs/send")
EMBEDDED: Final = Measured(1_152, "send_latency, embedded stores", "32", "server CPU µs/send")
RATE_EMBEDDED: Final = Measured(286, "send_latency, embedded stores", "32", "sends/s")
RATE_FAST: Final = Measured(1_030, "send_latency, a faster database", "32", "sends/s")
COMMANDS: Final = Measured(1.80, "send_latency, embedded stores", "32", "commands/send")
COMMANDS_ALONE: Final = Measured(5.37, "send_latency, embedded stores", "1", "commands/send")
IDLE: Final = Measured(
    0.07, "idle, a fast server of MongoDB's protocol", "10,000 sockets, idle cores", "carillon"
)
MEMORY: Final = Measured(
    5.81,
    "idle, a fast server of MongoDB's protocol",
    "10,000 sockets, memory KiB/connection",
    "carillon",
    off=1.05,
)
HEARING: Final = Measured(
    327,
    "unicast, a fast server of MongoDB's protocol",
    "carillon, push alone",
    "server CPU µs/publish",
)
STORM: Final = Measured(0.81, "storm, embedded stores", "server CPU ms/client", "1,000 clients")
STORM_RATE: Final = Measured(253, "storm, embedded stores", "clients/s", "1,000 clients")
MEASURED: Final = (
    *(FAST, EMBEDDED, RATE_EMBEDDED, RATE_FAST, COMMANDS, COMMANDS_ALONE),
    *(IDLE, MEMORY, HEARING, STORM, STORM_RATE),
)


def figures() -> Iterator[tuple[str, str]]:
    """What is worked out, and the figure as the page says it."""
    sends = USERS * SENDS_A_DAY * BUSIEST / 3_600
    changes, connections = 2 * sends, USERS * CONNECTED
    yield "sends, and as many marks, a second", f"{round(sends, -1):.0f} sends"
    yield "connections", f"{connections:,.0f} connections"
    low, high = sends * FAST.value / 1e6, sends * EMBEDDED.value / 1e6
    yield "cores for sends, and again for marks", f"{low:.2f} to {high:.2f} cores"
    idle = connections / 10_000 * IDLE.value
    yield "cores for connections that do nothing", f"{idle:.1f} cores"
    hearing = changes * HEARING.value / 1e6
    yield "cores for hearing, in each process", f"{hearing:.2f} cores in **each** process"
    cores = 2 * high + idle + PROCESSES * hearing
    yield "cores at the peak", f"about {cores:.1f} of them"
    connected_gib = connections * MEMORY.value / 1024**2
    yield "memory of a connection", f"| {per_connection()} each"
    yield "memory of connections", f"{connected_gib:.2f} GiB"
    yield "memory of all", f"{connected_gib + PROCESSES * PROCESS_MIB / 1024:.1f} GiB"
    yield "commands a second", f"about {round(changes * COMMANDS.value, -2):,.0f} a second"
    yield "commands at worst", f"{round(changes * COMMANDS_ALONE.value, -2):,.0f} at worst"
    yield from _on_disk()
    storm_s = connections * STORM.value / 1_000
    yield "CPU of all who come back", f"{round(storm_s, -1):.0f} s of CPU"
    again_s = connections / PROCESSES / STORM_RATE.value
    yield "time until all are back", f"about {again_s:.0f} s with ten processes"
    yield from _limits(changes)


def per_connection() -> str:
    """What a connection takes of its process's memory, as all pages say it."""
    return f"{MEMORY.value:.1f} KiB"


def _on_disk() -> Iterator[tuple[str, str]]:
    message = 2 * COPY_BYTES + INDEX_ENTRIES * ENTRY_BYTES
    a_day = USERS * SENDS_A_DAY * message
    kept_tb = a_day * RETENTION_DAYS / 1e12
    yield "a message", f"{message / 1_000:.1f} kB a message"
    yield "a day", f"{a_day / 1e9:.0f} GB a day"
    yield "kept", f"{kept_tb:.1f} TB (before compression"
    yield "a year", f"{a_day * 365 / 1e12:.1f} TB for each year"
    disks = REPLICAS * round(kept_tb, 1) * 1_000 * GB_A_MONTH
    yield "disks a month", f"| {disks:.0f} |"
    cores = SERVER_CORES + MONGODB_CORES + OTHER_CORES
    total = cores * CORE_A_MONTH + disks
    yield "all a month", f"**{total:,.0f} a million users**, {total / USERS * 100:.2f} cents each"


def _limits(changes: float) -> Iterator[tuple[str, str]]:
    """Users at whom what one part can do is reached; changes grow with them."""
    embedded = RATE_EMBEDDED.value / changes * USERS
    yield "users of the embedded database", f"**{round(embedded, -5):,.0f} users**"
    yield "sends of one process", f"{RATE_FAST.value:,.0f} sends a second in one process"
    heard = 1e6 / HEARING.value
    users = heard / changes * USERS
    yield "changes that one process can hear", f"about {round(heard, -2):,.0f} changes a second"
    yield "users whose changes these are", f"at least: {round(users, -5):,.0f} users"


if __name__ == "__main__":
    for _what, _figure in figures():
        print(f"{_what}: {_figure}")
