"""How late are scheduled sends, and what becomes of live delivery while overdue jobs are drained?

Run from the checkout: `.venv/bin/python -m benchmarks.schedules`.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, RunError, pin
from benchmarks.parts.report import Heading, number, quantile, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s
from benchmarks.parts.wire import Ear, Mouth, Wire, marked, open_all, prepare_process
from domain.jobs import NewJob
from models.jobs import to_document
from services.scheduled_kinds import LEAVE

GREETING = b'{"type":"hello"'
READERS, MAKERS = 32, 16
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
LEAD_S, MADE_PER_S = 3.0, 60.0  # sends are made ahead of their time, at least so many a second
LATE_LIMIT_S = 60.0
PAUSE_S = 0.05  # between two live sends
LOOKED_BEFORE_S = 0.1  # at the server's CPU, before the first send is due
IDLE_S = 3.0
INSERTED_AT_ONCE = 1_000
ASKED_EVERY_S = 1.0
NOBODY = 2**40  # overdue jobs are of sends that were cancelled: there is nothing to do but look


@dataclass
class Fired:
    """How late sends left, in seconds, and the server's CPU for making and for firing them."""

    late: list[float]
    making_s: float
    firing_s: float


@dataclass
class Drained:
    """How long it took to drain what was overdue, and how live sends fared meanwhile."""

    jobs: int
    seconds: float
    live: list[float]


class Desk:
    """Makes sends, and hears when they arrive; all times are `perf_counter`'s."""

    def __init__(self, site: Site):
        self.site, self.wire = site, Wire()
        self.arrived: dict[int, float] = {}
        self._mouths = [Mouth(site.port, site.token(READERS + n)) for n in range(1, MAKERS + 1)]
        open_all(self.wire, [self._reader(n) for n in range(1, READERS + 1)])
        for mouth in self._mouths:
            self.wire.add(mouth)
        self._count = 0

    def _reader(self, person: int) -> Callable[[], Ear]:
        headers = {"Authorization": f"Token {self.site.token(person)}"}
        return partial(Ear, self.site.port, headers, GREETING, self._hear)

    def _hear(self, number: int, now: float) -> None:
        if number in self.arrived:
            raise RunError(f"send {number} arrived twice")
        self.arrived[number] = now

    def _body(self, **more: object) -> tuple[int, dict[str, object]]:
        self._count += 1
        who = self._count % READERS + 1
        return self._count, {"recipient_ids": [who], "content": marked(self._count), **more}

    def live(self) -> float:
        """One send now; the seconds from the request to the reader's socket."""
        number, body = self._body()
        answers: list[float] = []
        started = self._mouths[0].post("/messages/send/", body, answers.append)
        is_done = lambda: number in self.arrived and bool(answers)  # noqa: E731
        self.wire.run_until(is_done, LATE_LIMIT_S, "a live send")
        return self.arrived[number] - started

    def schedule(self, due: Sequence[float]) -> dict[int, float]:
        """Make sends that are due then; returns their times by number."""
        epoch, left = time.time() - perf_counter(), list(reversed(due))
        made: dict[int, float] = {}
        answered = 0

        def following(mouth: Mouth, _: float = 0.0) -> None:
            nonlocal answered
            answered += 1
            if left:
                start(mouth)

        def start(mouth: Mouth) -> None:
            at = left.pop()
            text = datetime.fromtimestamp(epoch + at, UTC).isoformat()
            number, body = self._body(send_at=text)
            made[number] = at
            mouth.post("/messages/send/", body, partial(following, mouth))

        for mouth in self._mouths[: len(due)]:
            start(mouth)
        self.wire.run_until(lambda: answered == len(due), LATE_LIMIT_S * 5, "scheduling")
        if perf_counter() > due[0]:
            raise RunError("the first send was due before the last was made")
        return made

    def lateness(self, rate: int, seconds: float) -> Fired:
        """From due to the reader's socket, of ``rate`` sends due each second."""
        count, pid = max(1, int(rate * seconds)), self.site.server.pid
        first = perf_counter() + LEAD_S + count / MADE_PER_S
        began = cpu_s(pid)
        made = self.schedule([first + n / rate for n in range(count)])
        making = cpu_s(pid) - began
        self.wire.rest(max(0.0, first - LOOKED_BEFORE_S - perf_counter()))
        began = cpu_s(pid)
        limit_s = first - perf_counter() + seconds + LATE_LIMIT_S
        self.wire.run_until(lambda: made.keys() <= self.arrived.keys(), limit_s, "arrivals")
        late = [self.arrived[number] - at for number, at in made.items()]
        return Fired(late, making, cpu_s(pid) - began)

    def drain(self, jobs: int) -> Drained:
        """Live sends one after the other while so many overdue jobs are drained."""
        self._add_overdue(jobs)
        started, live, asked = perf_counter(), [], perf_counter()
        while True:
            live.append(self.live())
            self.wire.rest(PAUSE_S)
            if perf_counter() - asked >= ASKED_EVERY_S:
                asked = perf_counter()
                if self._is_drained(jobs):
                    return Drained(jobs, asked - started, live)

    def _add_overdue(self, jobs: int) -> None:
        collection = self.site.stores.mongodb[self.site.database]["jobs"]
        first = time.time_ns() // 1_000 - 3_600_000_000
        for start in range(0, jobs, INSERTED_AT_ONCE):
            rows = [
                to_document(NewJob(f"overdue:{n}", LEAVE, first + n, {"id": NOBODY, "timing": 1}))
                for n in range(start, min(jobs, start + INSERTED_AT_ONCE))
            ]
            collection.insert_many(rows, ordered=False)

    def _is_drained(self, jobs: int) -> bool:
        collection = self.site.stores.mongodb[self.site.database]["jobs"]
        last = collection.find_one({"_id": f"overdue:{jobs - 1}"})
        if last is None or last["state"] != "done":
            return False
        return (
            collection.find_one({"state": {"$in": ["waiting", "running"]}, "kind": LEAVE}) is None
        )

    def close(self) -> None:
        self.wire.close()


def measured(name: str, values: Sequence[float]) -> list[str]:
    """A row of milliseconds."""
    return [
        name,
        str(len(values)),
        *(number(1e3 * quantile(values, one)) for one in SHARES.values()),
    ]


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus = Cpus.of_machine()
    prepare_process(READERS + MAKERS + 100)
    pin(os.getpid(), cpus.generator)
    uris = options.uris(arguments)
    with carillon(READERS + MAKERS, cpus, uris, arguments.profile) as site:
        heading = Heading(cpus, site.stores.names())
        desk = Desk(site)
        try:
            desk.live()
            fired = desk.lateness(arguments.rate, arguments.seconds)
            end, idle = perf_counter() + IDLE_S, []
            while perf_counter() < end:
                idle.append(desk.live())
                desk.wire.rest(PAUSE_S)
            drained = desk.drain(arguments.overdue)
        finally:
            desk.close()
    said = f"{arguments.rate} sends due each second for {arguments.seconds:g} s"
    print("\n".join(heading.lines(f"{said}; {drained.jobs:,} overdue jobs; one server process")))
    rows = [
        measured("due → frame", fired.late),
        measured("live send → frame, idle", idle),
        measured("live send → frame, while draining", drained.live),
    ]
    print("", table(["ms", "sends", *SHARES], rows), sep="\n")
    making, firing = (number(1e6 * s / len(fired.late)) for s in (fired.making_s, fired.firing_s))
    print(f"\nserver CPU for each: {making} µs to make it, {firing} µs to let it leave")
    rate = number(drained.jobs / drained.seconds)
    print(
        f"\n{drained.jobs:,} overdue jobs drained in {number(drained.seconds)} s: {rate} a second"
    )


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=1)
    parser.add_argument("--rate", type=int, default=200, metavar="N", help="sends due each second")
    parser.add_argument("--seconds", type=float, default=5.0, help="for so long; default: 5")
    parser.add_argument(
        "--overdue", type=int, default=5_000, metavar="N", help="jobs to drain; default: 5000"
    )
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
