"""How many messages to one person each can be pushed in a second, and how soon are they there?

Run from the checkout: `.venv/bin/python -m benchmarks.unicast`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from shutil import which
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.parts import options
from benchmarks.parts.peers import PEERS, Peer, package_version, python_words, socketio_version
from benchmarks.parts.programs import Cpus, Program, pin
from benchmarks.parts.report import Heading, number, quantile, spread, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s
from benchmarks.parts.wire import Ear, Mouth, Wire, marked, open_all, prepare_process

GREETING = b'{"type":"hello"'
ARRIVAL_LIMIT_S, WARM_UP_S = 20.0, 0.5
REST, PUSH = "carillon, REST and database", "carillon, push alone"
BARE, BARE_AT = "carillon, push alone, bare route", 1  # so many ports on
TORNADO, SOCKETIO = "stock tornado, push alone", "socket.io, push alone"

COPIED = ("accounts_", "meta", "counters")

Request = Callable[[int], tuple[str, Mapping[str, Any]]]

TORNADO_PEER = Peer(TORNADO, python_words("unicast_tornado"), package_version("tornado"))
SOCKETIO_PEER = Peer(
    SOCKETIO,
    lambda port, _: [which("node") or "node", str(PEERS / "socketio" / "unicast.js"), str(port)],
    socketio_version,
    greeting=b"40",
    path="/socket.io/?EIO=4&transport=websocket",
    replies={b"0{": b"40", b"2": b"3"},
)
PUSH_PEER = Peer(PUSH, python_words("carillon_push"), lambda: "this checkout", greeting=GREETING)


@dataclass
class Target:
    """A server under load: its sockets are open, its publishers wait.

    Two of one server, each with publishers of its own, share what was asked and what it took.
    """

    program: Program
    mouths: list[Mouth]
    request: Request
    asked: dict[int, float] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)

    def arrived(self, number: int, now: float) -> None:
        """A second time would be an error of the server, and fails."""
        self.took_ms.append(1e3 * (now - self.asked.pop(number)))


@dataclass(frozen=True)
class Round:
    """One round of one target."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


class Load:
    """Publishes from several connections at once, each its next one as soon as it was answered."""

    def __init__(self, wire: Wire, sockets: int):
        self._wire, self._sockets, self._numbers = wire, sockets, count()
        self._unanswered = 0

    def round(self, target: Target, seconds: float) -> Round:
        """Publish for so long and wait until all is there; returns what was reached."""
        target.asked.clear()
        target.took_ms.clear()
        cpu, started = cpu_s(target.program.pid), perf_counter()
        for mouth in target.mouths:
            self._next(target, mouth, started + seconds)
        limit_s = seconds + ARRIVAL_LIMIT_S
        self._wire.run_until(
            lambda: not (self._unanswered or target.asked), limit_s, "answers and arrivals"
        )
        wall_s, done = perf_counter() - started, len(target.took_ms)
        used = cpu_s(target.program.pid) - cpu
        took = target.took_ms
        return Round(done / wall_s, median(took), quantile(took, 0.99), 1e6 * used / done)

    def _next(self, target: Target, mouth: Mouth, stop_at: float) -> None:
        if perf_counter() >= stop_at:
            return
        number = next(self._numbers)
        path, body = target.request(number)
        self._unanswered += 1

        def answered(_: float) -> None:
            self._unanswered -= 1
            self._next(target, mouth, stop_at)

        target.asked[number] = perf_counter()
        mouth.post(path, body, answered)


def _person(number: int, sockets: int) -> int:
    return number % sockets + 1


@contextmanager
def rest(wire: Wire, site: Site, arguments: argparse.Namespace) -> Iterator[Target]:
    """Carillon as it is: POST /messages/send/."""
    first = arguments.sockets + 1
    tokens = [site.token(first + n) for n in range(arguments.publishers)]
    mouths = [Mouth(site.port, token) for token in tokens]

    def request(number: int) -> tuple[str, Mapping[str, Any]]:
        to = [_person(number, arguments.sockets)]
        return "/messages/send/", {"recipient_ids": to, "content": marked(number)}

    target = Target(site.server, mouths, request)
    _open(wire, target, arguments.sockets, lambda n: _own_ear(site, site.port, n, target))
    yield target


@contextmanager
def pushing(
    wire: Wire, peer: Peer, site: Site, arguments: argparse.Namespace
) -> Iterator[dict[str, Target]]:
    """A server that only pushes, on the same Redis: by name, ours by its bare route as well."""
    with peer.running(Cpus.of_machine(), site.stores.redis_uri) as (program, port):

        def mouths(at: int) -> list[Mouth]:
            return [Mouth(at, "none") for _ in range(arguments.publishers)]

        def request(number: int) -> tuple[str, Mapping[str, Any]]:
            to = _person(number, arguments.sockets)
            return "/push", {"to": to, "content": marked(number)}

        target = Target(program, mouths(port), request)
        ear = partial(_own_ear, site) if peer is PUSH_PEER else partial(_peer_ear, peer)
        _open(wire, target, arguments.sockets, lambda n: ear(port, n, target))
        found = {peer.name: target}
        if peer is PUSH_PEER:
            found[BARE] = replace(target, mouths=mouths(port + BARE_AT))
            _add(wire, found[BARE])
        yield found


@contextmanager
def _same_people(site: Site) -> Iterator[str]:
    """A database with the same accounts, in which nothing else happens.

    On the site's own, a process that only pushes would look at all that is sent.
    """
    mongodb, name = site.stores.mongodb, f"{site.database}_push"
    of, to = mongodb[site.database], mongodb[name]
    for one in of.list_collection_names():
        rows = list(of[one].find({"_id": {"$ne": "epoch"}})) if one.startswith(COPIED) else []
        if rows:
            to[one].insert_many(rows)
    try:
        yield name
    finally:
        mongodb.drop_database(name)


def _own_ear(site: Site, port: int, person: int, target: Target) -> Ear:
    headers = {"Authorization": f"Token {site.token(person)}"}
    return Ear(port, headers, GREETING, target.arrived)


def _peer_ear(peer: Peer, port: int, person: int, target: Target) -> Ear:
    path = f"{peer.path}{'&' if '?' in peer.path else '?'}user={person}"
    return Ear(port, {}, peer.greeting, target.arrived, path=path, replies=peer.replies)


def _open(wire: Wire, target: Target, sockets: int, make: Callable[[int], Ear]) -> None:
    _add(wire, target)
    open_all(wire, [lambda n=n: make(n) for n in range(1, sockets + 1)])  # type: ignore[misc]


def _add(wire: Wire, target: Target) -> None:
    for mouth in target.mouths:
        wire.add(mouth)


def measure(site: Site, arguments: argparse.Namespace) -> dict[str, list[Round]]:
    """All rounds by target; they take turns, and those whose turn it is not are idle.

    They are not stopped meanwhile: a server that stood still must find its broker again first.
    """
    os.environ["CARILLON_MONGODB_URI"] = site.stores.mongodb_uri
    os.environ["CARILLON_LIMITS_ENABLED"] = "false"
    with closing(Wire()) as wire, ExitStack() as undo:
        targets = {REST: undo.enter_context(rest(wire, site, arguments))}
        os.environ["CARILLON_MONGODB_DATABASE"] = undo.enter_context(_same_people(site))
        for peer in (PUSH_PEER, TORNADO_PEER, SOCKETIO_PEER):
            if peer.version() is not None:
                targets |= undo.enter_context(pushing(wire, peer, site, arguments))
        load = Load(wire, arguments.sockets)
        rounds: dict[str, list[Round]] = {name: [] for name in targets}
        for n in range(arguments.rounds + 1):
            for name, target in targets.items():
                done = load.round(target, arguments.seconds if n else WARM_UP_S)
                if n:  # the first warms up
                    rounds[name].append(done)
        return rounds


def tables(rounds: Mapping[str, list[Round]]) -> str:
    """What each reached, and ours as ratios to the peers, made within rounds."""
    rows = [
        [
            name,
            spread([one.per_s for one in done]),
            spread([one.p50_ms for one in done]),
            spread([one.p99_ms for one in done]),
            spread([one.cpu_us for one in done]),
        ]
        for name, done in rounds.items()
    ]
    head = ["", "publishes/s", "p50 ms", "p99 ms", "server CPU µs/publish"]
    ratios = [
        [f"{ours} / {theirs}", spread(_ratios(rounds[ours], rounds[theirs]))]
        for ours in (PUSH, BARE, REST)
        for theirs in (TORNADO, SOCKETIO)
        if theirs in rounds
    ]
    return f"{table(head, rows)}\n\n{table(['publishes/s, ratio', 'median'], ratios)}"


def _ratios(ours: list[Round], theirs: list[Round]) -> list[float]:
    return [one.per_s / other.per_s for one, other in zip(ours, theirs, strict=True)]


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus = Cpus.of_machine()
    prepare_process(4 * arguments.sockets + 500)
    pin(os.getpid(), cpus.generator)
    people = arguments.sockets + arguments.publishers
    with carillon(people, cpus, options.uris(arguments), arguments.profile) as site:
        heading = Heading(cpus, site.stores.names())
        rounds = measure(site, arguments)
    peers = [peer.version() or f"{peer.name}: not installed" for peer in (SOCKETIO_PEER,)]
    said = f"{arguments.sockets} sockets, each another person's; {arguments.publishers} publishers"
    said += f", 200-byte messages; {arguments.rounds} rounds of {number(arguments.seconds)} s"
    print("\n".join(heading.lines(f"{said}; peer: {', '.join(peers)}")))
    print(f"\nmedian (lowest–highest round)\n\n{tables(rounds)}")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--sockets", type=int, default=1000, help="default: 1000")
    parser.add_argument("--publishers", type=int, default=32, help="at once; default: 32")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one round; default: 3")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
