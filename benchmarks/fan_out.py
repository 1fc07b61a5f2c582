"""How soon does one notice to everyone reach N connected sockets, and what does each one cost?

Run from the checkout: `.venv/bin/python -m benchmarks.fan_out`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.parts import options
from benchmarks.parts.crowd import Crowd, Idle, Telling, middle
from benchmarks.parts.programs import Cpus, Program, pin
from benchmarks.parts.report import Heading, spread, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.wire import Arrived, Ear, Mouth, Wire, prepare_process

OURS, PEER = "carillon", "stock tornado"
PEER_LINE = "Peer on http://"
GREETING = b'{"type":"hello"'
SHOTS, BURST = 6, 10

ONE = {
    "first receiver ms": "first_ms",
    "median receiver ms": "median_ms",
    "last receiver ms": "last_ms",
    "answer ms": "answer_ms",
    "deliveries/s": "per_s",
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


@contextmanager
def stock_tornado(cpus: Cpus) -> Iterator[tuple[Program, int]]:
    """The peer, pinned as the server is, and its port."""
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as name:
        peer = Program("peer", [sys.executable, "-m", "benchmarks.peers.stock_tornado"], Path(name))
        try:
            port = int(peer.said(PEER_LINE).rpartition(":")[2])
            pin(peer.pid, cpus.server)
            yield peer, port
        finally:
            peer.stop()


def our_crowd(wire: Wire, site: Site) -> Crowd:
    """Every socket is another person's; notices are the administrator's."""

    def ear(person: int, arrived: Arrived) -> Ear:
        headers = {"Authorization": f"Token {site.token(person)}"}
        return Ear(site.port, headers, GREETING, arrived)

    mouths = [Mouth(site.port, site.admin) for _ in range(BURST)]
    return Crowd(wire, site.server, mouths, ear)


def peer_crowd(wire: Wire, peer: Program, port: int) -> Crowd:
    """The peer knows nobody."""

    def ear(_: int, arrived: Arrived) -> Ear:
        return Ear(port, {}, b"", arrived)

    return Crowd(wire, peer, [Mouth(port, "none") for _ in range(BURST)], ear)


def measure(
    wire: Wire, ours: Crowd, peer: Crowd, arguments: argparse.Namespace
) -> dict[int, dict[str, Results]]:
    """Grow both crowds; at each size let them take turns, the other server standing still."""
    results = {size: {OURS: Results(), PEER: Results()} for size in sorted(arguments.sockets)}
    turns = ((OURS, ours, peer), (PEER, peer, ours))
    for size, found in results.items():
        for name, crowd, other in turns:
            with other.server.paused():
                found[name].idle.append(crowd.grow(size, arguments.idle))
                crowd.tell(1)
        for _ in range(arguments.rounds):
            for name, crowd, other in turns:
                with other.server.paused():
                    wire.rest(arguments.idle / 2)  # it has to catch up after its pause
                    found[name].one.append(middle([crowd.tell(1) for _ in range(arguments.shots)]))
                    found[name].many.append(crowd.tell(BURST))
    return results


def compared(found: Mapping[str, Results], size: int) -> str:
    """One size's table."""
    rows = [
        _row(f"{title}: {name}", *(_values(found, server, kind, key) for server in (OURS, PEER)))
        for title, kind, names in (
            ("one notice", "one", ONE),
            (f"{BURST} at once", "many", MANY),
            ("at rest", "idle", AT_REST),
        )
        for name, key in names.items()
    ]
    return table([f"{size:,} sockets", OURS, PEER, f"{OURS} / {PEER}"], rows)


def _values(found: Mapping[str, Results], server: str, kind: str, key: str) -> list[float]:
    return [getattr(one, key) for one in getattr(found[server], kind)]


def _row(name: str, ours: Sequence[float], peer: Sequence[float]) -> list[str]:
    ratios = [a / b for a, b in zip(ours, peer, strict=True) if b > 0]
    return [name, spread(ours), spread(peer), spread(ratios)]


def run(arguments: argparse.Namespace) -> None:
    """Build both, measure, print."""
    most, cpus = max(arguments.sockets), Cpus.of_machine()
    prepare_process(2 * most + 2 * BURST + 100)
    pin(os.getpid(), cpus.generator)
    wire = Wire()
    site = carillon(most, cpus, options.uris(arguments), arguments.profile)
    with site as ours, stock_tornado(cpus) as (peer, port), closing(wire):
        heading = Heading(cpus, ours.stores.names())
        crowds = our_crowd(wire, ours), peer_crowd(wire, peer, port)
        results = measure(wire, *crowds, arguments)
    notices = f"{arguments.shots} single ones and {BURST} at once"
    said = f"200-byte notices to everyone, {arguments.rounds} rounds of {notices}"
    print("\n".join(heading.lines(f"{said}; one process each")))
    print("\nmedian (lowest–highest round); ratios are of the same round")
    for size, found in results.items():
        print("", compared(found, size), sep="\n")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--sockets", type=options.numbers, default=[100, 1_000], metavar="N,…")
    parser.add_argument("--shots", type=int, default=SHOTS, metavar="N", help=f"default: {SHOTS}")
    parser.add_argument("--idle", type=float, default=1.0, metavar="S", help="default: 1")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
