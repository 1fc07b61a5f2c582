"""What becomes of firings that were missed while nobody could run them."""

from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from domain.clock import MINUTE
from domain.firings import Firing
from domain.timing import Timing, each_firing, next_firing

RUN_ONCE: Final = "run_once"
RUN_ALL: Final = "run_all"
SKIP: Final = "skip"
POLICIES: Final = (RUN_ONCE, RUN_ALL, SKIP)

# A firing that is skipped when late has to be late by more than a busy minute of the runner.
_ON_TIME: Final = MINUTE


@dataclass(frozen=True, slots=True)
class Misfire:
    """`run_once`: the newest firing stands for all that were missed. `run_all`: each of them.
    `skip`: none of them.

    A firing that is late by more than `window_us` is never run. None is no limit, for `skip` a
    minute: within it a firing is late, not missed.
    """

    policy: str = RUN_ONCE
    window_us: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What to run now, oldest first, and the firing after it: due too when there were too many."""

    run: tuple[Firing, ...]
    next: Firing | None


def missed(
    timing: Timing, last: int, now: int, misfire: Misfire | None = None, *, most: int = 1000
) -> Due:
    """The firings later than `last` and not later than `now`, as the policy wants them.

    At most `most` of them; call again with the last one's instant for the rest. Independent of
    how many were missed: a year of seconds costs no more than a minute of them.
    """
    misfire = misfire or Misfire()
    after = max(last, _first_kept(misfire, now) - 1)
    if misfire.policy == RUN_ONCE:
        newest = newest_firing(timing, after, now)
        return Due((newest,) if newest else (), next_firing(timing, now))
    overdue = takewhile(lambda each: each.at <= now, each_firing(timing, after))
    run = tuple(islice(overdue, most))
    return Due(run, next_firing(timing, run[-1].at if len(run) == most else now))


def newest_firing(timing: Timing, after: int, until: int) -> Firing | None:
    """The last firing later than `after` and not later than `until`; None when there is none."""
    newest = None
    low, high = after, until
    while low < high:
        middle = (low + high) // 2 if newest else low
        firing = next_firing(timing, middle)
        if firing and firing.at <= until:
            newest, low = firing, firing.at
        else:
            high = middle
    return newest


def _first_kept(misfire: Misfire, now: int) -> int:
    window = misfire.window_us
    if window is None and misfire.policy == SKIP:
        window = _ON_TIME
    return 0 if window is None else now - window
