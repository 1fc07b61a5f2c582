"""Fast-forward: putting those who are behind where they should stand (stages contract, 3.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from domain.clock import MINUTE
from domain.events import Event
from domain.fresh_ids import fresh_id
from domain.records import Record
from domain.runs import Runs
from domain.sequencing import Stand
from models.database import Document
from models.stages import EDITION, READY
from models.stages import Stages as Stores
from services.changes import Changes, Draft, Kind
from services.stage_batches import Choice, batches
from services.stage_standing import Schedules, Standing, Standings
from services.stage_successors import successor
from services.turns import Turn

MOVE: Final = "stages.fast_forward"
IN_ONE_RECORD: Final = 100
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


@dataclass(frozen=True)
class _Step:
    """One set on the way: where he should stand in it, and when he entered."""

    messageset: int
    schedule: int
    entered_at: int
    stand: Stand

    def begun(self, row: Document, number: int) -> Document:
        """The subscription of this number that stands there, of whom ``row`` is."""
        made = successor(row, number, (self.messageset, self.schedule), self.entered_at)
        return {**made, **_state(self.stand, 1)}


@dataclass(frozen=True)
class _Move:
    """A subscription as it was read, what changes of it, and where it leads on to."""

    row: Document
    fields: Document
    following: Sequence[_Step]
    ends: int


def _move(one: Standing) -> _Move | None:
    """What brings a subscription where it should stand; None where it stands there."""
    steps = _steps(one)
    fields = _state(steps[0].stand, one.row["next_sequence_number"])
    if all(one.row[name] == value for name, value in fields.items()):
        return None
    return _Move(one.row, fields, steps[1:], sum(step.stand.is_over for step in steps))


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


class CatchingUp:
    """Moves subscriptions on without sending anything; nobody is moved back.

    Who moves and whom that begins in the sets that follow is one record, so that a process that
    dies in between loses nobody and doubles nobody.
    """

    def __init__(self, store: Stores, schedules: Schedules, changes: Changes):
        self._store, self._schedules = store, schedules
        self._changes, self._clock = changes, changes.clock

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {MOVE: self}

    async def fast_forward(self, choice: Choice) -> Moved:
        """Put all that are chosen and ready where they should stand.

        Who should be through with a set ends it and begins the next, as often as it takes; he
        stays in a set that says nothing in his language.
        """
        moved = Moved()
        standings = Standings(self._store, self._schedules, choice.at)
        async for rows in batches(self._store, READY, choice):
            moved.subscriptions += len(rows)
            due = [move for move in map(_move, await standings.of(rows)) if move is not None]
            for at in range(0, len(due), IN_ONE_RECORD):
                await self._carry_out(due[at : at + IN_ONE_RECORD], moved, choice)
        return moved

    async def _carry_out(self, due: Sequence[_Move], moved: Moved, choice: Choice) -> None:
        done = due if choice.dry_run else await self._make(due)
        moved.changed += len(due) - len(done)
        moved.moved += len(done)
        moved.ended += sum(one.ends for one in done)
        moved.made += sum(len(one.following) for one in done)

    async def _make(self, due: Sequence[_Move]) -> Sequence[_Move]:
        """Move them; those that were as they had been read."""
        first = await self._store.counters.stage_subscriptions.take(
            sum(len(one.following) for one in due) or 1
        )
        numbers = count(first)
        moves = [
            {
                "_id": one.row["_id"],
                EDITION: one.row[EDITION],
                "fields": dict(one.fields),
                "following": [step.begun(one.row, next(numbers)) for step in one.following],
            }
            for one in due
        ]
        name, body = fresh_id(), {"moves": moves, "at": self._clock.wall()}
        await self._changes.make(Draft(MOVE, None, {**body, "name": name}, id=name))
        there = await self._store.subscriptions.caught_up([one["_id"] for one in moves], name)
        return [one for one in due if one.row["_id"] in there]

    async def apply(self, record: Record, turn: Turn) -> None:
        """Move who is as he was, then begin what follows for those who were moved."""
        body: Any = record.body
        moves, name = body["moves"], body["name"]
        await self._store.subscriptions.catch_up(moves, name, body["at"])
        there = await self._store.subscriptions.caught_up([one["_id"] for one in moves], name)
        new = [row for one in moves if one["_id"] in there for row in one["following"]]
        await self._store.subscriptions.add_all(new)

    async def event(self, record: Record) -> Event:
        """Nobody is told."""
        return Event(record.id, record.revision)
