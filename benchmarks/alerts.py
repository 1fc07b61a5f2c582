"""How long does it take to find the lists that a content change belongs to, among many?

Run from the checkout: `.venv/bin/python -m benchmarks.alerts`.
"""

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import UUID

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, RunError, pin
from benchmarks.parts.report import Heading, number, quantile, table
from benchmarks.parts.site import Site, carillon
from domain.alert_lists import TYPES, Wanted
from domain.enrichment import enriched
from domain.matching import keys_of_list, reaches
from models.alert_lists import AlertLists
from models.counters import Counters
from models.database import Database, Document
from services.alert_matching import Matching, as_change, as_wanted

INSERTED_AT_ONCE = 2_000
READ_AT_ONCE = 1_000  # by a scan; all at once take longer than an answer may
LISTS_OF_A_TOPIC = 20
SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}


@dataclass
class Found:
    """Seconds for each change, by keys and by looking at every list; and how many it reached."""

    by_keys: list[float]
    by_scan: list[float]
    reached: list[int]


class World:
    """Lists and changes of a make-believe government, the same in each run."""

    def __init__(self, lists: int):
        self._random = random.Random(7)  # the same in each run
        self.lists = lists
        self._topics = max(1, lists // LISTS_OF_A_TOPIC)

    def _topic(self) -> str:
        return f"topic-{self._random.randrange(self._topics)}"

    def _uuid(self, most: int) -> str:
        return str(UUID(int=self._random.randrange(most), version=4))

    def wanted(self, number: int) -> Wanted:
        """Half of the lists want topics of a kind of news, others an organisation, or a page."""
        kind = number % 10
        if kind < 5:
            news = {"content_purpose_supergroup": {"any": ["news_and_communications"]}}
            return Wanted(tags={"topics": {"any": [self._topic(), self._topic()]}, **news})
        if kind < 8:
            both = {"all": [self._uuid(self._topics)]}
            return Wanted(links={"organisations": both}, types=("", "announcements", ""))
        return Wanted(content_id=self._uuid(2**100))

    def row(self, number: int) -> Document:
        wanted = self.wanted(number)
        return {
            "_id": number,
            "slug": f"list-{number}",
            "title": f"List {number}",
            "url": None,
            **{side: [list(one) for one in getattr(wanted, side).items()] for side in SIDES},
            "content_id": wanted.content_id,
            **dict(zip(TYPES, wanted.types, strict=True)),
            "criteria": f"{number}",
            "keys": sorted(keys_of_list(wanted)),
        }

    def change(self) -> Document:
        """A press release of two topics and an organisation."""
        tags = {"topics": [self._topic(), self._topic()]}
        links = {"organisations": [self._uuid(self._topics)], "taxons": [self._uuid(2**100)]}
        types = ("press_release", "announcements", "press-releases")
        return {
            "tags": enriched(tags, types[0]),
            "links": enriched(links, types[0]),
            "content_id": self._uuid(2**100),
            **dict(zip(TYPES, types, strict=True)),
        }


SIDES = ("tags", "links")


async def fill(lists: AlertLists, world: World, site: Site) -> None:
    """Store the lists, past the use case: what is measured is reading."""
    await lists.ensure_indexes()
    rows = site.stores.mongodb[site.database]["alerts_lists"]
    for start in range(1, world.lists + 1, INSERTED_AT_ONCE):
        end = min(world.lists + 1, start + INSERTED_AT_ONCE)
        rows.insert_many([world.row(n) for n in range(start, end)], ordered=False)


async def measure(site: Site, world: World, changes: int, scans: int) -> Found:
    """Match so many changes by keys, and the first of them by looking at all lists as well."""
    database = Database(site.stores.mongodb_uri, site.database)
    lists = AlertLists(database, Counters(database))
    matching, found = Matching(lists), Found([], [], [])
    try:
        await fill(lists, world, site)
        await matching.matched_lists(world.change())
        for count in range(changes):
            change = world.change()
            started = perf_counter()
            reached = await matching.matched_lists(change)
            found.by_keys.append(perf_counter() - started)
            found.reached.append(len(reached))
            if count < scans:
                await scan(database, world.lists, change, reached, found)
    finally:
        database.close()
    return found


async def scan(
    database: Database, lists: int, change: Document, reached: list[int], found: Found
) -> None:
    """The peer: every list is read, some at a time, and judged."""
    started, every, seen = perf_counter(), list[int](), as_change(change)
    for start in range(1, lists + 1, READ_AT_ONCE):
        some = {"_id": {"$in": list(range(start, min(lists + 1, start + READ_AT_ONCE)))}}
        rows = await database.collection("alerts_lists").find(some, projection=[*SIDES, *KEPT])
        every += [one["_id"] for one in rows if reaches(seen, as_wanted(_read(one)))]
    found.by_scan.append(perf_counter() - started)
    if sorted(every) != reached:
        raise RunError(f"keys found {reached}, a scan {sorted(every)}")


KEPT = ("content_id", *TYPES)


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{side: dict(row[side]) for side in SIDES}}


def measured(name: str, values: Sequence[float]) -> list[str]:
    """A row of milliseconds."""
    shown = (number(1e3 * quantile(values, one)) for one in SHARES.values())
    return [name, str(len(values)), *shown]


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus = Cpus.of_machine()
    pin(os.getpid(), cpus.generator)
    with carillon(1, cpus, options.uris(arguments), arguments.profile) as site:
        heading = Heading(cpus, site.stores.names())
        world = World(arguments.lists)
        found = asyncio.run(measure(site, world, arguments.changes, arguments.scans))
    print("\n".join(heading.lines(f"{world.lists:,} subscriber lists")))
    rows = [measured("by keys", found.by_keys), measured("by looking at all", found.by_scan)]
    print("", table(["ms for a change", "changes", *SHARES], rows), sep="\n")
    ratio = quantile(found.by_keys, 0.5) / quantile(found.by_scan, 0.5)
    reached = number(sum(found.reached) / len(found.reached))
    print(f"\n{reached} lists reached by a change; keys / all: {ratio:.4f}")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=1)
    parser.add_argument("--lists", type=int, default=20_000, metavar="N", help="default: 20000")
    parser.add_argument("--changes", type=int, default=200, metavar="N", help="default: 200")
    parser.add_argument("--scans", type=int, default=3, metavar="N", help="default: 3")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
