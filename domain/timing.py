"""When something is due: the next firings of a schedule, each with what a clock change did to it.

All instants and durations are whole microseconds, instants since 1970 UTC. Nothing here waits or
keeps anything: the runner, the page and the command line ask the same functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from domain.cron_rules import read
from domain.firings import Firing
from domain.local_rules import Policy, next_local
from domain.zones import LATEST

ON_GAP: Final = ("shift", "skip", "earlier")
ON_OVERLAP: Final = ("first", "last", "both")


@dataclass(frozen=True, slots=True)
class Timing:
    """When a schedule is due. Neither cron nor interval: once, at `at`. Both: on both.

    With cron or interval `at` is "not before", and the interval counts from it; without it from
    `anchor`, which itself is no firing (surface, "Schedules"). `time_zone` is one of
    `zones.names()`, `on_gap` and `on_overlap` say what becomes of a local time that a clock change
    skips or repeats.
    """

    cron: str | None = None
    every_us: int | None = None
    at: int | None = None
    time_zone: str = "UTC"
    on_gap: str = "shift"
    on_overlap: str = "first"
    anchor: int = 0


def next_firing(timing: Timing, after: int) -> Firing | None:
    """The first firing later than that instant; None when nothing is due any more.

    Raises ValueError for a cron text that `cron_rules.read` refuses.
    """
    if timing.cron is None and timing.every_us is None:
        return Firing(timing.at) if timing.at is not None and timing.at > after else None
    if timing.at is not None:
        after = max(after, timing.at - 1)
    found = [each for each in (_by_cron(timing, after), _by_interval(timing, after)) if each]
    return min(found, key=lambda each: each.at, default=None)


def firings(timing: Timing, after: int, count: int) -> list[Firing]:
    """The next `count` firings, ascending; fewer when nothing is due any more."""
    return list(islice(each_firing(timing, after), count))


def each_firing(timing: Timing, after: int) -> Iterator[Firing]:
    """All firings later than that instant, ascending, perhaps without end."""
    while firing := next_firing(timing, after):
        yield firing
        after = firing.at


def _by_cron(timing: Timing, after: int) -> Firing | None:
    if timing.cron is None:
        return None
    policy = Policy(timing.time_zone, timing.on_gap, timing.on_overlap)
    return next_local(read(timing.cron), policy, after)


def _by_interval(timing: Timing, after: int) -> Firing | None:
    """Counted from the first, so that late runs do not move the later ones."""
    if timing.every_us is None:
        return None
    first = timing.anchor + timing.every_us if timing.at is None else timing.at
    turns = max(0, (after - first) // timing.every_us + 1)
    at = first + turns * timing.every_us
    return Firing(at) if at < LATEST else None
