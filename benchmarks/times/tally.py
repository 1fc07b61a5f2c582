"""What the proof counted, and how it is written down."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from platform import python_version
from statistics import median

from benchmarks.parts.report import number, table
from benchmarks.times.carillon import POLICIES
from benchmarks.times.changes import Change
from benchmarks.times.verdicts import LEFT_OUT, WRONG

KINDS = ("daily", "weekly", "monthly", "yearly", "quarters", "hourly")
OURS = "Carillon"
PACKAGES = ("tzdata", "crontab", "croniter", "cronsim", "APScheduler")

INTRODUCTION = """\
# The proof of times

Made by `make time-proof`, which writes this page: every firing around every distinct change of
every IANA zone's clocks, {first} to {last}. A sample of it is in the tests.
"""
ORACLE = """\
## Held to the oracle

The oracle (`benchmarks/times/oracle.py`) reads the zone's clock at every UTC minute from three days
before a change to three days after it, and shares no code with the rules. Around each change stand
rules on its edges, within it and beside it (`cases.py`): at single times of day, *daily*, *weekly*,
*monthly* and *yearly*; *quarters* of one fixed hour; *hourly* at a minute, at three, and on one
weekday. A rule is wrong when any of its firings in the middle four days is missing, too many, at
another minute or has another reason. `on_gap` and `on_overlap` do not concern hourly rules (ADR 8).
"""
PERSON = """\
## Held to a person

Libraries without such policies are not held to ours, but to what nobody would question
(`verdicts.py`), and so are we, with the defaults:

* a time that clocks show once has its one firing then, else it is *missed*;
* one that they show twice has exactly one firing, whichever, else *twice* or *never*;
* one that they skip may have one firing, no further away than what was skipped. None is *left out*,
  which is counted and not wrong;
* a rule of every hour fires whenever clocks show its minute;
* anything else is *extra*.

Each is called as its documentation says, with an aware start in the zone, on the same zone data.
cronsim follows Debian's cron on purpose, where a star in the minutes makes a rule follow the clock:
its repeated *quarters* are a choice. Ours that are left out are on Lord Howe Island, where 02:00
and 02:15 move by half an hour to where 02:30 and 02:45 are, and are one firing with them. Changes
with another one within three days are left out here.
"""
TIME = """\
## Time for one firing

The median over the same rules, in the same run, of a whole stretch of firings divided by their
number, on a busy machine: a comparison, no figure to rely on.
"""

Key = tuple[str, tuple[str, str]]


@dataclass
class Tally:
    """Of each (kind, policy) the rules held to the oracle, their firings, and the wrong rules;
    of each (contender, kind) the rules held to a person and what was said; how long one took.
    """

    held: Counter[Key] = field(default_factory=Counter)
    firings: Counter[Key] = field(default_factory=Counter)
    wrong: Counter[Key] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong_rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    took_us: dict[str, list[float]] = field(default_factory=dict)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)


def paper(changes: list[Change], tally: Tally, years: tuple[int, int]) -> Iterator[str]:
    """The Markdown of the run, line by line."""
    yield INTRODUCTION.format(first=years[0], last=years[1])
    zones = sum(change.zones for change in changes)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"{datetime.now(UTC):%Y-%m-%d}, Python {python_version()}, {versions}."
    yield f"{len(changes):,} distinct changes, which are {zones:,} in all zones together.\n"
    yield ORACLE
    held, firings = tally.held.total(), tally.firings.total()
    yield f"{held:,} rules, {firings:,} firings, **{tally.wrong.total():,} wrong rules**.\n"
    yield table(
        ["kind", "on_gap", "on_overlap", "rules", "firings", "wrong rules"], list(_ours(tally))
    )
    yield "\n" + PERSON
    head = ["library", "kind", "rules", "wrong rules", *WRONG, LEFT_OUT]
    yield table(head, list(_peers(tally)))
    yield "\nThe first wrong rule of each:\n"
    yield table(["library", "kind", "rule"], [[*key, text] for key, text in tally.examples.items()])
    yield "\n" + TIME
    rows = [[name, number(median(took))] for name, took in tally.took_us.items()]
    yield table(["library", "µs"], rows)


def _ours(tally: Tally) -> Iterator[list[str]]:
    for kind in KINDS:
        for policy in POLICIES:
            key = (kind, policy)
            counts = (tally.held[key], tally.firings[key], tally.wrong[key])
            yield [kind, *policy, *(f"{count:,}" for count in counts)]


def _peers(tally: Tally) -> Iterator[list[str]]:
    for name in tally.took_us:
        for kind in KINDS:
            key = (name, kind)
            said = tally.said[key]
            counts = [tally.asked[key], tally.wrong_rules[key]]
            counts += [said[each] for each in (*WRONG, LEFT_OUT)]
            yield [name, kind, *(f"{count:,}" for count in counts)]
