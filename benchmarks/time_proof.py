"""Is every firing right around every clock change of every zone, and is it for other libraries?

`make time-proof` runs it and keeps what it prints as docs/time-proof.md.
"""

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from benchmarks.times.carillon import POLICIES, fired, plain
from benchmarks.times.cases import Case, cases, clock_around
from benchmarks.times.changes import Change, every_change
from benchmarks.times.oracle import Clock, due
from benchmarks.times.peers import PEERS, fired_by
from benchmarks.times.tally import OURS, Tally, paper
from benchmarks.times.verdicts import WRONG, verdicts

FIRST_YEAR, LAST_YEAR = 2024, 2037


def main(arguments: list[str]) -> int:
    """Print the tables; 1 when a firing of ours is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each Nth change")
    every = parser.parse_args(arguments).every
    changes = every_change(FIRST_YEAR, LAST_YEAR)[::every]
    tally = Tally()
    for change in changes:
        _hold(change, tally)
    print("\n".join(paper(changes, tally, (FIRST_YEAR, LAST_YEAR))))
    return 1 if tally.wrong.total() else 0


def _hold(change: Change, tally: Tally) -> None:
    clock = clock_around(change.zone, change.at)
    for case in cases(clock, change.at):
        _hold_to_the_oracle(case, clock, tally)
        # Between two changes it is unclear which of a peer's firings belongs to which time.
        if len(clock.jumps) == 1:
            _hold_to_a_person(case, clock, tally)


def _hold_to_the_oracle(case: Case, clock: Clock, tally: Tally) -> None:
    wanted = due(case.rule, clock, *POLICIES[0])
    for policy in POLICIES:
        if not case.every_hour:
            wanted = due(case.rule, clock, *policy)
        key = (case.kind, policy)
        tally.held[key] += 1
        tally.firings[key] += len(wanted)
        if wanted != plain(fired(case.text, clock, *policy)):
            tally.wrong[key] += 1
            tally.examples.setdefault((OURS, case.kind), f"{_told(case, clock)} {policy}")


def _hold_to_a_person(case: Case, clock: Clock, tally: Tally) -> None:
    asked = {OURS: partial(fired, case.text, clock)} | {
        name: partial(fired_by, moments, case.text, clock) for name, moments in PEERS.items()
    }
    for name, ask in asked.items():
        before = perf_counter()
        found = ask()
        took_us = (perf_counter() - before) * 1e6
        tally.took_us.setdefault(name, []).append(took_us / (len(found) + 1))
        said, key = verdicts(case.rule, clock, found), (name, case.kind)
        tally.asked[key] += 1
        tally.said.setdefault(key, Counter()).update(said)
        if any(said[each] for each in WRONG):
            tally.wrong_rules[key] += 1
            tally.examples.setdefault(key, _told(case, clock))


def _told(case: Case, clock: Clock) -> str:
    at, expected, shown = clock.jumps[0]
    moment = f"{datetime.fromtimestamp(at * 60, UTC):%Y-%m-%d %H:%M} UTC"
    return f"`{case.text}` in {clock.zone}, clocks set by {shown - expected:+d} min at {moment}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
