"""What to do about a firing whose time has come, perhaps long ago, and when the next one is.

How missed firings are made up for is one text: a policy (`domain/misfires.py`), which a window may
follow, spelt as an interval is: `run_all 2 hours` forgets what is later than that.
"""

from dataclasses import dataclass
from typing import Final

from domain import intervals
from domain.clock import DAY, MINUTE
from domain.coercion import Refused
from domain.firings import Firing
from domain.misfires import POLICIES, RUN_ALL, Misfire, missed
from domain.timing import Timing, next_firing
from domain.zones import LATEST

NOT_A_CHOICE: Final = '"{}" is not a valid choice.'
LATE_US: Final = MINUTE
"""A firing within this time is late, not missed: whatever the policy, it fires by itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """When what is to fire now was due (None: nothing is), and when the next is (None: never)."""

    due_at: int | None
    next_at: int | None


def parsed_misfire(text: str) -> Misfire:
    """The policy of a text such as `skip` or `run_once 3 days`; Refused for any other.

    `run_all` without a window goes back a day, so that a month of seconds is not run one by one.
    """
    policy, _, window = text.strip().partition(" ")
    if policy not in POLICIES:
        raise Refused(NOT_A_CHOICE.format(text))
    if window.strip():
        return Misfire(policy, intervals.parsed(window))
    return Misfire(policy, DAY if policy == RUN_ALL else None)


def judge(misfire: Misfire, timing: Timing, due_at: int, now: int) -> Verdict:
    """What to do at ``now`` about a firing that was due at ``due_at``; one firing at a time."""
    if now - due_at <= LATE_US:
        return Verdict(due_at, next_after(timing, due_at))
    due = missed(timing, due_at - 1, now, misfire, most=1)
    return Verdict(due.run[0].at if due.run else None, _shown(due.next))


def next_after(timing: Timing, after: int) -> int | None:
    """The instant of the next firing; None for none, or one beyond what calendars show."""
    return _shown(next_firing(timing, after))


def _shown(firing: Firing | None) -> int | None:
    return None if firing is None or firing.at > LATEST else firing.at
