"""What does a connection cost that does nothing, with and without compression?

Run from the checkout: `.venv/bin/python -m benchmarks.idle`.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial

from benchmarks.fan_out import GREETING, peer_crowd
from benchmarks.parts import options
from benchmarks.parts.crowd import Crowd, Idle
from benchmarks.parts.peers import ALL
from benchmarks.parts.programs import Cpus, pin
from benchmarks.parts.report import Heading, number, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.wire import Arrived, Ear, Wire, prepare_process

OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
Uris = Mapping[str, str | None]
PEER = "stock tornado"
WARM_UP = 50  # connections, so that what is allocated once is not counted


def crowd(wire: Wire, site: Site, people: int, headers: dict[str, str]) -> Crowd:
    """People take turns at connecting; every socket is greeted."""

    def ear(n: int, arrived: Arrived) -> Ear:
        own = {"Authorization": f"Token {site.token(1 + n % people)}", **headers}
        return Ear(site.port, own, GREETING, arrived)

    return Crowd(wire, site.server, [], ear)


def ours(
    sizes: Sequence[int], idle_s: float, uris: Uris, *, each: int = 1
) -> tuple[list[Idle], list[Idle], dict[str, str]]:
    """The costs at each size, without and then with compression, and what the stores are called.

    Each person has as many sockets as ``each`` in the end. Either has a server of its own: both
    together would want more open files than a process is often allowed.
    """
    same = partial(_of_ours, sizes=sizes, idle_s=idle_s, uris=uris, each=each)
    plain, _ = same({})
    return plain, *same(OFFER)


def _of_ours(
    offer: dict[str, str], *, sizes: Sequence[int], idle_s: float, uris: Uris, each: int
) -> tuple[list[Idle], dict[str, str]]:
    people = -(-(max(sizes) + WARM_UP) // each)
    site_of = carillon(people, Cpus.of_machine(), uris)
    with site_of as site, closing(Wire()) as wire:
        return _grown(crowd(wire, site, people, offer), sizes, idle_s), site.stores.names()


def theirs(sizes: Sequence[int], idle_s: float) -> list[Idle]:
    """The same of the peer."""
    peer = ALL[PEER]
    with peer.running(Cpus.of_machine(), "") as started, closing(Wire()) as wire:
        return _grown(peer_crowd(wire, peer, *started), sizes, idle_s)


def _grown(people: Crowd, sizes: Sequence[int], idle_s: float) -> list[Idle]:
    people.grow(WARM_UP, idle_s)
    return [people.grow(WARM_UP + size, idle_s) for size in sorted(sizes)]


def run(arguments: argparse.Namespace) -> None:
    """Measure both, one after the other, and print."""
    cpus, uris = Cpus.of_machine(), options.uris(arguments)
    what = arguments.sockets, arguments.idle
    prepare_process(max(arguments.sockets) + 500)
    pin(os.getpid(), cpus.generator)
    plain, compressing, stores = ours(*what, uris, each=arguments.each)
    heading = Heading(cpus, stores)
    columns = {
        "carillon": plain,
        "carillon, compressing": compressing,
        PEER: theirs(*what),
    }
    said = f"{arguments.each} sockets of each person, {arguments.idle:g} s at rest"
    print("\n".join(heading.lines(said)))
    rows = [
        [f"{size:,} sockets, {what}", *(number(getattr(one[n], key)) for one in columns.values())]
        for n, size in enumerate(sorted(arguments.sockets))
        for what, key in (
            ("memory KiB/connection", "kib_each"),
            ("idle cores", "cores"),
            ("connects/s", "connects_per_s"),
        )
    ]
    print(f"\n{table(['', *columns], rows)}")


def main() -> int:
    parser = options.parser("What an idle connection costs.", rounds=1)
    parser.add_argument(
        "--sockets", type=options.numbers, default=[1_000, 10_000], help="default: 1000,10000"
    )
    parser.add_argument("--each", type=int, default=1, help="sockets of each person; default: 1")
    parser.add_argument("--idle", type=float, default=5.0, help="seconds; default: 5")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
