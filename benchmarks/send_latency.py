"""How many messages can be sent in a second, and how soon does each reach its reader's socket?

Run from the checkout: `.venv/bin/python -m benchmarks.send_latency`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from math import nan
from statistics import median
from time import perf_counter

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, RunError, pin
from benchmarks.parts.report import Heading, number, quantile, spread, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s
from benchmarks.parts.wire import Ear, Mouth, Wire, marked, open_all, prepare_process

GREETING = b'{"type":"hello"'
READERS = 32
WARM_UP = 40
ARRIVAL_LIMIT_S = 10.0
ENDLESS = float("inf")
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
CORES = {"server": "server", "mongodb": "database", "generator": "generator"}


@dataclass
class Sent:
    """One send: when it was asked for, answered, and read from the reader's socket."""

    asked: float
    answered: float = 0.0
    arrived: float = 0.0


@dataclass
class Round:
    """One round at one concurrency, and what it used: CPU seconds, wall seconds, commands."""

    sends: list[Sent]
    wall_s: float
    used: dict[str, float] = field(default_factory=dict)

    @property
    def per_s(self) -> float:
        return len(self.sends) / self.wall_s

    def each(self, name: str, scale: float = 1.0) -> float:
        """What was used, per send; not a number where nobody knows."""
        return self.used.get(name, nan) * scale / len(self.sends)

    def cores(self, name: str) -> float:
        return self.used.get(name, nan) / self.used["wall"]

    def answer_ms(self, share: float) -> float:
        return 1e3 * quantile([one.answered - one.asked for one in self.sends], share)

    def since_request_ms(self, share: float) -> float:
        return 1e3 * quantile([one.arrived - one.asked for one in self.sends], share)

    def since_answer_ms(self, share: float) -> float:
        """Below zero: the frame was there before the answer."""
        return 1e3 * quantile([one.arrived - one.answered for one in self.sends], share)


class Senders:
    """Sends from several people at once, each its next one as soon as the last is answered."""

    def __init__(self, wire: Wire, site: Site, most: int):
        self._wire = wire
        self._numbers = count()
        self._sends: dict[int, Sent] = {}
        self._unfinished = 0
        self._stop_at, self._most = 0.0, 0.0
        tokens = [site.token(READERS + n) for n in range(1, most + 1)]
        self._mouths = [Mouth(site.port, token) for token in tokens]
        for mouth in self._mouths:
            wire.add(mouth)

    def arrived(self, number: int, now: float) -> None:
        """A reader has it; a second time would be an error of the server."""
        sent = self._sends.get(number)
        if sent is None or sent.arrived:
            raise RunError(f"send {number} arrived twice")
        sent.arrived = now
        self._unfinished -= 1

    def send(self, concurrency: int, *, seconds: float = 0.0, most: float = ENDLESS) -> Round:
        """Send for so long, or so often, and wait until all is answered and there."""
        self._sends, started = {}, perf_counter()
        self._stop_at, self._most = started + (seconds or ENDLESS), most
        for mouth in self._mouths[:concurrency]:
            self._next(mouth)
        limit_s = seconds + ARRIVAL_LIMIT_S
        self._wire.run_until(lambda: not self._unfinished, limit_s, "answers and arrivals")
        sends = list(self._sends.values())
        return Round(sends, max(one.answered for one in sends) - started)

    def _next(self, mouth: Mouth) -> None:
        if len(self._sends) >= self._most or perf_counter() >= self._stop_at:
            return
        number = next(self._numbers)
        body = {"recipient_ids": [number % READERS + 1], "content": marked(number)}
        sent = self._sends[number] = Sent(perf_counter())
        self._unfinished += 2

        def answered(now: float) -> None:
            sent.answered = now
            self._unfinished -= 1
            self._next(mouth)

        mouth.post("/messages/send/", body, answered)


def measure(site: Site, arguments: argparse.Namespace) -> dict[int, list[Round]]:
    """All rounds, by concurrency."""
    wire = Wire()
    try:
        senders = Senders(wire, site, max(arguments.concurrency))
        open_all(wire, [_reader(site, n, senders) for n in range(1, READERS + 1)])
        senders.send(max(arguments.concurrency), most=WARM_UP)
        rounds: dict[int, list[Round]] = {one: [] for one in arguments.concurrency}
        for _ in range(arguments.rounds):
            for concurrency, done in rounds.items():
                done.append(_round(site, senders, concurrency, arguments.seconds))
        return rounds
    finally:
        wire.close()


def _reader(site: Site, person: int, senders: Senders) -> Callable[[], Ear]:
    headers = {"Authorization": f"Token {site.token(person)}"}
    return partial(Ear, site.port, headers, GREETING, senders.arrived)


def _round(site: Site, senders: Senders, concurrency: int, seconds: float) -> Round:
    """One round, with what it used; the look and the settling behind it included."""
    pids = {"server": site.server.pid, **site.stores.pids, "generator": os.getpid()}
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    commands, started = site.stores.commands(), perf_counter()
    done = senders.send(concurrency, seconds=seconds)
    done.used = {name: cpu_s(pid) - before[name] for name, pid in pids.items()}
    done.used["wall"] = perf_counter() - started
    done.used["commands"] = site.stores.commands() - commands - 1  # the question itself
    return done


COSTS: Mapping[str, Callable[[Round], float]] = {
    "sends/s": lambda one: one.per_s,
    "answer p50 ms": lambda one: one.answer_ms(0.5),
    "answer p99 ms": lambda one: one.answer_ms(0.99),
    "server CPU µs/send": lambda one: one.each("server", 1e6),
    "database CPU µs/send": lambda one: one.each("mongodb", 1e6),
    "commands/send": lambda one: one.each("commands"),
}


def throughput(rounds: Mapping[int, Sequence[Round]]) -> str:
    """How many, and what each one costs; what a database that was given uses is not known."""
    rows = [
        [
            str(concurrency),
            *(spread([cost(one) for one in done]) for cost in COSTS.values()),
            " / ".join(number(median(one.cores(name) for one in done)) for name in CORES),
        ]
        for concurrency, done in rounds.items()
    ]
    return table(["senders", *COSTS, f"cores {' / '.join(CORES.values())}"], rows)


SINCE = {
    "request → frame": Round.since_request_ms,
    "answer → frame": Round.since_answer_ms,
}


def latency(rounds: Mapping[int, Sequence[Round]]) -> str:
    """How soon each reader has it."""
    rows = [
        [
            str(concurrency),
            since,
            *(spread([ms(one, share) for one in done]) for share in SHARES.values()),
        ]
        for concurrency, done in rounds.items()
        for since, ms in SINCE.items()
    ]
    return table(["senders", "ms", *SHARES], rows)


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus = Cpus.of_machine()
    prepare_process(READERS + max(arguments.concurrency) + 100)
    pin(os.getpid(), cpus.generator)
    people = READERS + max(arguments.concurrency)
    with carillon(people, cpus, options.uris(arguments), arguments.profile) as site:
        heading = Heading(cpus, site.stores.names())
        rounds = measure(site, arguments)
    said = f"{READERS} readers, 200-byte messages to one reader each, {arguments.rounds} rounds"
    print("\n".join(heading.lines(f"{said} of {arguments.seconds:g} s; one server process")))
    print("\nmedian (lowest–highest round)\n")
    print(throughput(rounds), latency(rounds), sep="\n\n")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--concurrency", type=options.numbers, default=[1, 8, 32], metavar="N,…")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one round; default: 3")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
