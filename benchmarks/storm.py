"""How soon have N clients caught up that all come back at once, each with 20 missed changes?

Run from the checkout: `.venv/bin/python -m benchmarks.storm`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from urllib.request import Request, urlopen

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, pin
from benchmarks.parts.report import Heading, quantile, spread, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s
from benchmarks.parts.wire import Ear, Mouth, Wire, marked, open_all, prepare_process

GREETING = b'{"type":"hello"'
LIMIT_S = 300.0
AT_ONCE = 500  # handshakes: a storm does not wait its turn


@dataclass(frozen=True)
class Storm:
    """One storm: how long until all had everything, and what it cost per client."""

    all_s: float
    each_s: Sequence[float]
    queries: float
    cpu_ms: float


def cursor_of(site: Site) -> str:
    """Where everybody is before anything is missed: a cursor names no person."""
    asking = Request(
        f"http://127.0.0.1:{site.port}/messages/",
        headers={"Authorization": f"Token {site.token(1)}"},
    )
    with urlopen(asking, timeout=30) as answer:  # noqa: S310 - our own server
        return str(answer.headers["Carillon-Cursor"])


def miss(wire: Wire, site: Site, clients: int, changes: int) -> None:
    """Send everybody so many notices, a copy each, while nobody is there."""
    mouth, answers = Mouth(site.port, site.admin), list[float]()
    wire.add(mouth)
    everybody = list(range(1, clients + 1))
    for number in range(changes):
        body = {"recipient_ids": everybody, "content": marked(number)}
        mouth.post("/notices/send/", body, answers.append)
        wire.run_until(lambda n=number: len(answers) > n, LIMIT_S, "answers")  # type: ignore[misc]
    wire.remove(mouth)


class Clients:
    """They come at once and are told what they missed."""

    def __init__(self, wire: Wire, site: Site, count: int, changes: int):
        self._wire, self._site = wire, site
        self._count, self._changes = count, changes
        self._left: dict[int, int] = {}
        self._caught_up: list[float] = []

    def come(self, cursor: str) -> Storm:
        """All connect with this cursor; returns when the last has everything."""
        self._left = dict.fromkeys(range(1, self._count + 1), self._changes)
        self._caught_up = []
        queries, cpu = self._site.stores.queries(), cpu_s(self._site.server.pid)
        started = perf_counter()
        makers = [partial(self._ear, person, cursor) for person in self._left]
        ears = open_all(self._wire, makers, under_way=AT_ONCE)
        self._wire.run_until(lambda: len(self._caught_up) >= self._count, LIMIT_S, "catching up")
        used = cpu_s(self._site.server.pid) - cpu
        queries = self._site.stores.queries() - queries - 1
        for ear in ears:
            self._wire.remove(ear)
        each = [moment - started for moment in self._caught_up]
        return Storm(max(each), each, queries / self._count, 1e3 * used / self._count)

    def _ear(self, person: int, cursor: str) -> Ear:
        headers = {"Authorization": f"Token {self._site.token(person)}"}
        path = f"/live?since={cursor}"
        return Ear(self._site.port, headers, GREETING, partial(self._took, person), path=path)

    def _took(self, person: int, _: int, now: float) -> None:
        self._left[person] -= 1
        if not self._left[person]:
            self._caught_up.append(now)


def run(arguments: argparse.Namespace) -> None:
    """Build a site, let all miss something, and let them come, again and again."""
    cpus, count, changes = Cpus.of_machine(), arguments.clients, arguments.changes
    prepare_process(count + 200)
    pin(os.getpid(), cpus.generator)
    site_of = carillon(count, cpus, options.uris(arguments), arguments.profile)
    with site_of as site, closing(Wire()) as wire:
        heading = Heading(cpus, site.stores.names())
        cursor = cursor_of(site)
        miss(wire, site, count, changes)
        clients = Clients(wire, site, count, changes)
        storms = [clients.come(cursor) for _ in range(arguments.rounds)]
    print("\n".join(heading.lines(f"{count} clients, {changes} missed changes each, one process")))
    rows = [
        ["all caught up s", spread([one.all_s for one in storms])],
        ["half caught up s", spread([median(one.each_s) for one in storms])],
        ["99 % caught up s", spread([quantile(one.each_s, 0.99) for one in storms])],
        ["clients/s", spread([count / one.all_s for one in storms])],
        ["database queries/client", spread([one.queries for one in storms])],
        ["server CPU ms/client", spread([one.cpu_ms for one in storms])],
    ]
    print(f"\nmedian (lowest–highest round)\n\n{table(['', f'{count:,} clients'], rows)}")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--clients", type=int, default=1000, help="default: 1000")
    parser.add_argument("--changes", type=int, default=20, help="missed by each; default: 20")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
