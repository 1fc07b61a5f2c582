"""What is wrong with a list of firings, judged as a person would who knows no policies.

A time that clocks show once has its one firing then. One that they show twice has exactly one,
whichever. One that they skip has at most one, not further away than what was skipped. A rule of
every hour fires whenever clocks show its minute, and in between only what the clock had next as it
was before a change. Anything else is wrong.
"""

from collections import Counter
from collections.abc import Iterable

from benchmarks.times.oracle import EVERY_HOUR, MARGIN, Clock, Rule, due

MISSED = "missed"  # none at a time that clocks show once, or at one of every hour
TWICE = "twice"  # two for a time that clocks show twice
NEVER = "never"  # none for such a time
EXTRA = "extra"  # one at a time that the rule does not name
LEFT_OUT = "left out"  # none for a time that clocks skip: not counted as wrong
WRONG = (MISSED, TWICE, NEVER, EXTRA)


def verdicts(rule: Rule, clock: Clock, found: Iterable[int]) -> Counter[str]:
    """How often each of the above is the case, in a clock that is set once, in its middle."""
    fired = Counter(list(found))
    said = (
        _every_hour(rule, clock, fired) if rule.hours == EVERY_HOUR else _fixed(rule, clock, fired)
    )
    said[EXTRA] += fired.total()
    return said


def _every_hour(rule: Rule, clock: Clock, fired: Counter[int]) -> Counter[str]:
    said: Counter[str] = Counter()
    for at, reason in due(rule, clock, "skip", "both").items():
        if not _take(fired, [at], most=1) and reason != "carried":
            said[MISSED] += 1
    return said


def _fixed(rule: Rule, clock: Clock, fired: Counter[int]) -> Counter[str]:
    said: Counter[str] = Counter()
    skipped = []
    low, high = clock.shown[MARGIN], clock.shown[-MARGIN - 1] + 1
    for local in rule.named_within(low, high):
        minutes = clock.at.get(local, [])
        if not minutes:
            skipped.append(local)
            continue
        taken = _take(fired, minutes, most=len(minutes))
        if len(minutes) == 1 and not taken:
            said[MISSED] += 1
        if len(minutes) == 2 and taken != 1:
            said[TWICE if taken else NEVER] += 1
    # Only now: a time that clocks show is not taken for a moved one.
    said[LEFT_OUT] += sum(not _take(fired, _near(local, clock), most=1) for local in skipped)
    return said


def _near(local: int, clock: Clock) -> range:
    gap = clock.gap_around(local)
    assert gap is not None
    at, length = gap
    return range(at - length, at + length + 1)


def _take(fired: Counter[int], minutes: Iterable[int], *, most: int) -> int:
    """Take up to so many firings at those minutes away, and say how many there were."""
    taken = 0
    for minute in minutes:
        if fired[minute] and taken < most:
            fired[minute] -= 1
            taken += 1
    return taken
