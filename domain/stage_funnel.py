"""How many of a set's subscriptions stand at which of its messages."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """So many subscriptions are alike: the next number, and the state that they are in."""

    next_number: int
    active: bool
    completed: bool
    process_status: int
    count: int


@dataclass(frozen=True)
class Step:
    """Those whose next message has a number; ``held`` of them are not ready (status not 0)."""

    next_number: int
    subscriptions: int
    held: int


@dataclass(frozen=True)
class Funnel:
    """Those on their way, by step, ascending; those who are through; those who were stopped."""

    steps: list[Step]
    completed: int
    stopped: int


def funnel(standings: Iterable[Standing]) -> Funnel:
    """Each subscription counts once. Who is through counts so, whether active or not."""
    steps: dict[int, Step] = {}
    completed = stopped = 0
    for one in standings:
        if one.completed:
            completed += one.count
        elif not one.active:
            stopped += one.count
        else:
            steps[one.next_number] = _with(steps.get(one.next_number), one)
    return Funnel([steps[number] for number in sorted(steps)], completed, stopped)


def _with(step: Step | None, one: Standing) -> Step:
    before = step or Step(one.next_number, 0, 0)
    held = one.count if one.process_status else 0
    return Step(one.next_number, before.subscriptions + one.count, before.held + held)
