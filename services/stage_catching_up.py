"""Fast-forward: putting those who are behind where they should stand (stages contract, 3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.clock import MINUTE, Clock
from domain.runs import Runs
from domain.sequencing import Stand
from models.database import Document
from models.stages import READY
from models.stages import Stages as Stores
from services.stage_batches import Choice, batches
from services.stage_standing import Schedules, Standing, Standings
from services.stage_successors import successor

ENDED: Final = {"completed": True, "active": False, "process_status": 2}


@dataclass
class Moved:
    """How many subscriptions were looked at, moved, ended thereby, and made in following sets.

    ``changed`` were changed by others in the same moment, and are left for another time.
    """

    subscriptions: int = 0
    moved: int = 0
    ended: int = 0
    made: int = 0
    changed: int = 0


class CatchingUp:
    """Moves subscriptions on without sending anything; nobody is moved back."""

    def __init__(self, store: Stores, schedules: Schedules, clock: Clock):
        self._store, self._schedules, self._clock = store, schedules, clock

    async def fast_forward(self, choice: Choice) -> Moved:
        """Put all that are chosen and ready where they should stand.

        Who should be through with a set ends it and begins the next, as often as it takes; he
        stays in a set that says nothing in his language.
        """
        moved = Moved()
        standings = Standings(self._store, self._schedules, choice.at)
        async for rows in batches(self._store, READY, choice):
            for one in await standings.of(rows):
                await self._move(one, moved, dry_run=choice.dry_run)
        return moved

    async def _move(self, one: Standing, moved: Moved, *, dry_run: bool) -> None:
        moved.subscriptions += 1
        steps = _steps(one)
        changes = _state(steps[0].stand, one.row["next_sequence_number"])
        if all(one.row[name] == value for name, value in changes.items()):
            return
        if not dry_run and not await self._carry_out(one.row, changes, steps[1:]):
            moved.changed += 1
            return
        moved.moved += 1
        moved.ended += sum(step.stand.is_over for step in steps)
        moved.made += len(steps) - 1

    async def _carry_out(
        self, row: Document, changes: Document, following: Sequence["_Step"]
    ) -> bool:
        """Make the following ones, then move this one; False when others changed it meanwhile.

        In this order, for it may be begun again: what was made has the same ids then.
        """
        before = row
        for step in following:
            number = await self._store.counters.stage_subscriptions.take()
            made = successor(before, number, (step.messageset, step.schedule), step.entered_at)
            before = {**made, **_state(step.stand, 1)}
            await self._store.subscriptions.add(before)
        now = max(self._clock.wall(), row["updated_at"] + 1)
        return await self._store.subscriptions.save(row, {**row, **changes, "updated_at": now})


@dataclass(frozen=True)
class _Step:
    """One set on the way: where he should stand in it, and when he entered."""

    messageset: int
    schedule: int
    entered_at: int
    stand: Stand


def _steps(one: Standing) -> list[_Step]:
    """The sets up to the one that he should be in; no further than one without messages."""
    steps: list[_Step] = []
    for (stage, stand), schedule, runs in zip(one.stages, one.schedules, one.runs, strict=True):
        entered_at = _just_after(stage.since, runs)
        if not stage.numbers:
            stay = Stand(stage.initial, is_over=False)
            return [*steps, _Step(stage.messageset, schedule, entered_at, stay)]
        steps.append(_Step(stage.messageset, schedule, entered_at, stand))
    return steps


def _just_after(moment: int, runs: Runs) -> int:
    """A minute later, as upstream, but before the next firing, which is his."""
    following = runs.following(moment)
    return moment + MINUTE if following is None else min(moment + MINUTE, following - 1)


def _state(stand: Stand, position: int) -> Document:
    """What a subscription says that stands there; nobody is moved back from his position."""
    if stand.is_over:
        return {**ENDED, "next_sequence_number": stand.position}
    return {"next_sequence_number": max(position, stand.position)}
