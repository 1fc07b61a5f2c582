"""How soon does one notice to everyone reach N connected sockets, and what does each one cost?

Run from the checkout: `.venv/bin/python -m benchmarks.fan_out`.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from benchmarks.parts import options
from benchmarks.parts.crowd import Crowd, Idle, Stream, Telling, middle
from benchmarks.parts.others import Others
from benchmarks.parts.peers import ALL, Peer
from benchmarks.parts.programs import Cpus, Program, pin
from benchmarks.parts.pushing import Publisher
from benchmarks.parts.report import Heading, spread, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.wire import Arrived, Ear, Mouth, Wire, prepare_process

OURS, PUSH = "carillon", "its push alone"
GREETING = b'{"type":"hello"'
SHOTS, BURST = 6, 10
IN_A_STREAM, UNANSWERED = 40, 4

ONE = {
    "first receiver ms": "first_ms",
    "median receiver ms": "median_ms",
    "last receiver ms": "last_ms",
    "answer ms": "answer_ms",
    "server CPU µs/delivery": "cpu_us_each",
    "… and in the 150 ms after": "after_us_each",
}
MANY = {
    "last receiver ms": "last_ms",
    "deliveries/s": "per_s",
    "server CPU µs/delivery": "cpu_us_each",
    "… and in the 150 ms after": "after_us_each",
    "reads/delivery": "reads_each",
}
STREAM = {
    "deliveries/s": "per_s",
    "server CPU µs/delivery": "cpu_us_each",
    "reads/delivery": "reads_each",
}
AT_REST = {
    "memory KiB/connection": "kib_each",
    "connects/s": "connects_per_s",
    "idle cores": "cores",
}


@dataclass
class Results:
    """What one server came to at one size, round by round."""

    idle: list[Idle] = field(default_factory=list)
    one: list[Telling] = field(default_factory=list)
    many: list[Telling] = field(default_factory=list)
    stream: list[Stream] = field(default_factory=list)


def our_crowd(wire: Wire, site: Site) -> Crowd:
    """Every socket is another person's; notices are the administrator's."""

    def ear(person: int, arrived: Arrived) -> Ear:
        headers = {"Authorization": f"Token {site.token(person)}"}
        return Ear(site.port, headers, GREETING, arrived)

    mouths = [Mouth(site.port, site.admin) for _ in range(BURST)]
    return Crowd(wire, site.server, mouths, ear)


def peer_crowd(wire: Wire, peer: Peer, program: Program, port: int) -> Crowd:
    """The peer knows nobody."""

    def ear(_: int, arrived: Arrived) -> Ear:
        return Ear(port, {}, peer.greeting, arrived, path=peer.path, replies=peer.replies)

    mouths = [Mouth(port + peer.notices_at, "none") for _ in range(BURST)]
    return Crowd(wire, program, mouths, ear)


def measure(
    wire: Wire, crowds: Mapping[str, Crowd], arguments: argparse.Namespace
) -> dict[int, dict[str, Results]]:
    """Grow all crowds; at each size let them take turns, the other servers standing still."""
    results = {size: {name: Results() for name in crowds} for size in sorted(arguments.sockets)}
    for size, found in results.items():
        for name, crowd in crowds.items():
            with _others(wire, crowds, name) as others:
                if name != PUSH:  # it has the sockets of ours
                    found[name].idle.append(crowd.grow(size, arguments.idle, others.breathe))
                crowd.tell(1)
        for n in range(arguments.rounds):
            names = list(crowds)
            for name in names[n % len(names) :] + names[: n % len(names)]:
                with _others(wire, crowds, name) as others:
                    wire.rest(arguments.idle / 2)  # it has to catch up after its pause
                    _take_turn(crowds[name], found[name], arguments.shots, others)
    return results


def _take_turn(crowd: Crowd, found: Results, shots: int, others: Others) -> None:
    single: list[Telling] = []
    for _ in range(shots):
        single.append(crowd.tell(1))
        others.breathe()
    found.one.append(middle(single))
    found.many.append(crowd.tell(BURST))
    others.breathe()
    found.stream.append(crowd.stream(IN_A_STREAM if shots > 1 else 2, UNANSWERED))


def _others(wire: Wire, crowds: Mapping[str, Crowd], name: str) -> Others:
    servers = {id(one.server): one.server for one in crowds.values()}
    del servers[id(crowds[name].server)]
    return Others(wire, list(servers.values()))


def compared(found: Mapping[str, Results], size: int) -> str:
    """One size's table: with each peer's figures, and ours as a multiple of them."""
    rows = [
        [f"{title}: {name}", *_cells(found, kind, key)]
        for title, kind, names in (
            ("one notice", "one", ONE),
            (f"{BURST} at once", "many", MANY),
            ("back to back", "stream", STREAM),
            ("at rest", "idle", AT_REST),
        )
        for name, key in names.items()
    ]
    return table([f"{size:,} sockets", *found], rows)


def _cells(found: Mapping[str, Results], kind: str, key: str) -> list[str]:
    values = {
        name: [getattr(one, key) for one in getattr(results, kind)]
        for name, results in found.items()
    }
    ours, push = values.pop(OURS), values.pop(PUSH)
    judged = push or ours
    return [spread(ours), spread(push), *(_against(judged, one) for one in values.values())]


def _against(ours: Sequence[float], theirs: Sequence[float]) -> str:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True) if b > 0]
    return f"{spread(theirs)}: × {spread(ratios)}"


def chosen(names: Sequence[str]) -> dict[str, Peer]:
    """The peers of these names that are installed; those that are not are said to be missing."""
    peers = {}
    for name in names:
        version = ALL[name].version()
        print(f"peer {name}: {version or 'missing (see benchmarks/README.md)'}", flush=True)
        if version:
            peers[name] = ALL[name]
    return peers


def run(arguments: argparse.Namespace) -> None:
    """Build all, measure, print."""
    most, cpus, peers = max(arguments.sockets), Cpus.of_machine(), chosen(arguments.peers)
    prepare_process((1 + len(peers)) * (most + BURST) + 100)
    pin(os.getpid(), cpus.generator)
    with ExitStack() as undo:
        wire = undo.enter_context(closing(Wire()))
        uris = options.uris(arguments)
        site = undo.enter_context(carillon(most, cpus, uris, arguments.profile))
        crowds = {OURS: our_crowd(wire, site)}
        publishers = [Publisher(site.stores.redis, site.channel)] * BURST
        crowds[PUSH] = crowds[OURS].beside(publishers)
        for name, peer in peers.items():
            started = undo.enter_context(peer.running(cpus, site.stores.redis_uri))
            crowds[name] = peer_crowd(wire, peer, *started)
        heading = Heading(cpus, site.stores.names())
        results = measure(wire, crowds, arguments)
    notices = f"{arguments.shots} single ones, {BURST} at once, {IN_A_STREAM} back to back"
    said = f"200-byte notices to everyone, {arguments.rounds} rounds of {notices}"
    print("\n".join(heading.lines(f"{said} ({UNANSWERED} unanswered); one process each")))
    print("\nmedian (lowest–highest round); ×: Carillon's push by the peer's in the same round")
    for size, found in results.items():
        print("", compared(found, size), sep="\n")


def _peers(text: str) -> list[str]:
    names = list(ALL) if text == "all" else [one for one in text.split(",") if one]
    if set(names) - set(ALL):
        raise ValueError(text)
    return names


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--sockets", type=options.numbers, default=[100, 1_000], metavar="N,…")
    parser.add_argument("--shots", type=int, default=SHOTS, metavar="N", help=f"default: {SHOTS}")
    parser.add_argument("--idle", type=float, default=1.0, metavar="S", help="default: 1")
    parser.add_argument(
        "--peers",
        type=_peers,
        default=["stock tornado"],
        metavar="NAME,…",
        help=f"or all: {', '.join(ALL)}; default: stock tornado",
    )
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
