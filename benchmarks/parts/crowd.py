"""Many websockets to one server, and notices that all of them are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import count
from statistics import median
from time import perf_counter

from benchmarks.parts.programs import Program, RunError
from benchmarks.parts.pushing import Publisher
from benchmarks.parts.usage import cpu_s, memory_bytes
from benchmarks.parts.wire import Arrived, Ear, Mouth, Wire, marked, open_all

NOTICES = "/notices/send/"
ARRIVAL_LIMIT_S = 30.0
CONNECTED_AT_ONCE = 500
AFTER_S = 0.15  # what a notice brings about later should not meet the next one

MakeEar = Callable[[int, Arrived], Ear]


@dataclass(frozen=True)
class Idle:
    """What connections cost while nothing happens."""

    kib_each: float
    cores: float
    connects_per_s: float


@dataclass(frozen=True)
class Telling:
    """What it took to tell everybody; CPU is the server's alone."""

    first_ms: float
    median_ms: float
    last_ms: float
    answer_ms: float
    per_s: float
    cpu_us_each: float  # per delivery, until the last has arrived
    after_us_each: float  # the same, for what follows in the pause
    reads_each: float  # of ours, per delivery: below 1 where several came together


def middle(tellings: Sequence[Telling]) -> Telling:
    """The median of each figure."""
    names = [one.name for one in fields(Telling)]
    return Telling(*(median(getattr(one, name) for one in tellings) for name in names))


@dataclass(frozen=True)
class Stream:
    """Notices back to back, some of them unanswered at any time."""

    per_s: float  # deliveries, from the first request to the last arrival
    cpu_us_each: float
    reads_each: float


class Crowd:
    """The websockets to one server, and connections to send notices on."""

    def __init__(
        self,
        wire: Wire,
        server: Program,
        mouths: Sequence[Mouth | Publisher],
        make_ear: MakeEar,
    ):
        self.server = server
        self._wire, self._mouths, self._make_ear = wire, mouths, make_ear
        self._ears: list[Ear] = []
        self._numbers = count()
        self._arrivals: list[float] = []
        self._answers: list[float] = []
        self._others: list[Crowd] = []
        for mouth in mouths:
            if isinstance(mouth, Mouth):
                wire.add(mouth)

    def beside(self, mouths: Sequence[Publisher]) -> "Crowd":
        """The same websockets, told on another way."""
        other = Crowd(self._wire, self.server, mouths, self._make_ear)
        other._ears, other._numbers = self._ears, self._numbers
        self._others.append(other)
        return other

    def grow(self, size: int, idle_s: float, between: Callable[[], None] = lambda: None) -> Idle:
        """Connect up to so many, and rest twice so long: until all is quiet, and to measure.

        ``between`` is called now and then; what it takes does not count.
        """
        memory, more, took_s = memory_bytes(self.server.pid), size - len(self._ears), 0.0
        while len(self._ears) < size:
            had, started = len(self._ears), perf_counter()
            numbers = range(had + 1, min(size, had + CONNECTED_AT_ONCE) + 1)
            makers = [partial(self._make_ear, n, self._arrived) for n in numbers]
            self._ears += open_all(self._wire, makers)
            took_s += perf_counter() - started
            between()
        self._wire.rest(idle_s)
        cpu = cpu_s(self.server.pid)
        self._wire.rest(idle_s)
        cores = (cpu_s(self.server.pid) - cpu) / idle_s
        kib_each = (memory_bytes(self.server.pid) - memory) / 1024 / more
        return Idle(kib_each, cores, more / took_s)

    def tell(self, notices: int) -> Telling:
        """Send so many notices at once; returns a while after everybody has all of them."""
        wanted = notices * len(self._ears)
        self._begin()
        cpu, reads = cpu_s(self.server.pid), self._wire.reads
        started = self._send(notices)
        self._wire.run_until(lambda: len(self._arrivals) >= wanted, ARRIVAL_LIMIT_S, "arrivals")
        reads, until_last = self._wire.reads - reads, cpu_s(self.server.pid)
        self._wire.rest(AFTER_S)
        until_end = cpu_s(self.server.pid)
        if len(self._arrivals) > wanted or len(self._answers) < notices:
            raise RunError(f"{len(self._arrivals)} arrivals instead of {wanted}, or no answer")
        passed = [1e3 * (one - started) for one in sorted(self._arrivals)]
        return Telling(
            first_ms=passed[0],
            median_ms=median(passed),
            last_ms=passed[-1],
            answer_ms=1e3 * (max(self._answers) - started),
            per_s=1e3 * wanted / passed[-1],
            cpu_us_each=1e6 * (until_last - cpu) / wanted,
            after_us_each=1e6 * (until_end - until_last) / wanted,
            reads_each=reads / wanted,
        )

    def _begin(self) -> None:
        self._arrivals, self._answers = [], []
        for mouth in self._mouths:
            if isinstance(mouth, Mouth):
                self._wire.reopen(mouth)

    def stream(self, notices: int, unanswered: int) -> Stream:
        """Send so many, the next one whenever one is answered."""
        wanted = notices * len(self._ears)
        self._begin()
        cpu, reads = cpu_s(self.server.pid), self._wire.reads
        left = iter(range(notices))

        def go_on(mouth: Mouth | Publisher, now: float) -> None:
            self._answers.append(now)
            post(mouth)

        def post(mouth: Mouth | Publisher) -> None:
            if next(left, None) is not None:
                body = {"audience": "everyone", "content": marked(next(self._numbers))}
                mouth.post(NOTICES, body, partial(go_on, mouth))

        started = perf_counter()
        for mouth in self._mouths[:unanswered]:
            post(mouth)
        limit_s = ARRIVAL_LIMIT_S + notices
        self._wire.run_until(lambda: len(self._arrivals) >= wanted, limit_s, "arrivals")
        cpu = cpu_s(self.server.pid) - cpu
        took_s, reads = max(self._arrivals) - started, self._wire.reads - reads
        self._wire.run_until(lambda: len(self._answers) >= notices, ARRIVAL_LIMIT_S, "answers")
        return Stream(wanted / took_s, 1e6 * cpu / wanted, reads / wanted)

    def _send(self, notices: int) -> float:
        """When the first was asked for."""
        bodies = [{"audience": "everyone", "content": marked(next(self._numbers))}
                  for _ in range(notices)]  # fmt: skip
        asked = [
            mouth.post(NOTICES, body, self._answers.append)
            for mouth, body in zip(self._mouths, bodies, strict=False)
        ]
        return asked[0]

    def _arrived(self, number: int, now: float) -> None:
        self._arrivals.append(now)
        for mouth in self._mouths:
            if isinstance(mouth, Publisher):
                mouth.arrived(number, now)
        for other in self._others:
            other._arrived(number, now)
