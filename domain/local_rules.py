"""Local times as instants: a rule's firings through gaps and overlaps of a zone's clocks.

A rule with fixed local times keeps them: each comes once a local day, and `on_gap` and
`on_overlap` decide where a clock change skips or repeats it. A rule of every hour runs by real
time: at every instant whose local time it names, both passes of a repeated hour, and no hour of
real time without its firing (ADR 8, docs/schedules.md).
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.clock import DAY, HOUR
from domain.cron_rules import day_of
from domain.firings import (
    CARRIED,
    GAP_EARLIER,
    GAP_PASSED,
    GAP_SHIFTED,
    GAP_SKIPPED,
    OVERLAP_FIRST,
    OVERLAP_LAST,
    Firing,
)
from domain.zones import LATEST, Stretch, stretch_at


class LocalRule(Protocol):
    """What names local times: a crontab text, or one date and time."""

    @property
    def every_hour(self) -> bool:
        """Whether it runs by real time."""

    def first_from(self, local: int) -> int | None:
        """The first local time at or after that one; None when there is none for long."""

    def fits(self, day: date) -> bool:
        """Whether it names any time of that date."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A zone, and what becomes of local times that its clocks skip or repeat."""

    time_zone: str
    on_gap: str = "shift"
    on_overlap: str = "first"


def next_local(rule: LocalRule, policy: Policy, after: int) -> Firing | None:
    """The first firing later than that instant; None when there is none within 50 years.

    A policy's whole effect is which local times a stretch of one offset answers for; all of them
    are that offset away from their instants. Firings of neighbouring stretches may interleave by
    as much as the clocks were changed, a day at most.
    """
    if rule.every_hour:
        policy = Policy(policy.time_zone, "skip", "both")
    best: Firing | None = None
    skipped = False
    cursor = after - 2 * DAY
    while cursor < LATEST and (best is None or cursor - 2 * DAY <= best.at):
        stretch = stretch_at(policy.time_zone, cursor)
        low, high = _answers_for(stretch, policy)
        start = max(low, after + 1 + stretch.offset)
        local = rule.first_from(start)
        cursor = stretch.end
        if local is not None and local < high:
            best = _earlier(best, _firing(stretch, local, skipped, rule))
        elif start <= stretch.end + stretch.after:
            # The next stretch has no local times from before `start`, so `local` is the next.
            if local is None:
                break
            skipped = skipped or (policy.on_gap == "skip" and local < stretch.end + stretch.after)
            cursor = max(cursor, local - 2 * DAY) if best is None else cursor
        if rule.every_hour:
            best = _earlier(best, _carried(rule, stretch, after))
    return best


def _answers_for(stretch: Stretch, policy: Policy) -> tuple[int, int]:
    """The local times [low, high) whose instants are this stretch's offset away."""
    low = stretch.start + stretch.offset
    if stretch.before < stretch.offset and policy.on_gap == "earlier":
        low = stretch.start + stretch.before
    if stretch.before > stretch.offset and policy.on_overlap == "first":
        low = stretch.start + stretch.before
    high = stretch.end + stretch.offset
    if stretch.after > stretch.offset and policy.on_gap == "shift":
        high = stretch.end + stretch.after
    if stretch.after < stretch.offset and policy.on_overlap == "last":
        high = stretch.end + stretch.after
    return low, high


def _firing(stretch: Stretch, local: int, skipped: bool, rule: LocalRule) -> Firing:
    at = local - stretch.offset
    reason = _reason(stretch, at, local)
    if reason is None and skipped:
        reason = GAP_PASSED if rule.every_hour else GAP_SKIPPED
    return Firing(at, reason, local)


def _reason(stretch: Stretch, at: int, local: int) -> str | None:
    if at >= stretch.end:
        return GAP_SHIFTED
    if at < stretch.start:
        return GAP_EARLIER
    if local >= stretch.end + stretch.after:
        return OVERLAP_FIRST
    return OVERLAP_LAST if local < stretch.start + stretch.before else None


def _carried(rule: LocalRule, stretch: Stretch, after: int) -> Firing | None:
    """What the clock before a change had next, when the changed one is later with its own.

    Only where clocks are changed by less than whole hours does it differ from what the rule names
    anyway: on Lord Howe Island half an hour of a 90 minutes' wait.
    """
    if (stretch.after - stretch.offset) % HOUR == 0:
        return None
    local = rule.first_from(stretch.end + stretch.offset)
    if local is None or local - stretch.offset - stretch.end >= HOUR:
        return None
    at = local - stretch.offset
    changed = rule.first_from(stretch.end + stretch.after)
    is_next = changed is None or at < changed - stretch.after
    if at <= after or not is_next or not rule.fits(day_of(at + stretch.after)):
        return None
    return Firing(at, CARRIED, at + stretch.after)


def _earlier(best: Firing | None, other: Firing | None) -> Firing | None:
    """The earlier one; of two local times that come to be one instant the one that was moved."""
    if best is None or other is None:
        return best or other
    return min(best, other, key=lambda each: (each.at, each.reason is None))
