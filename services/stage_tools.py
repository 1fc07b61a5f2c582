"""What steps are made with, and how those that fail are reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from models.database import Document
from models.failed_tasks import NewFailure
from models.jobs import Jobs
from models.stage_walks import Walks
from services.changes import Changes
from services.failed_tasks import FailedTasks
from services.stage_plans import Planner, Problem
from services.stage_steps import Steps

SEND: Final = "stages.send"


@dataclass(frozen=True)
class Tools:
    """What steps are made with."""

    walks: Walks
    planner: Planner
    steps: Steps
    jobs: Jobs
    failed: FailedTasks
    changes: Changes


async def keep_problems(tools: Tools, problems: Sequence[Problem], round_: int = 1) -> None:
    """Report what cannot be sent: one row for each position that somebody cannot leave."""
    now = tools.changes.clock.wall()
    rows = [
        _failure(one.row, f"{_place(one.row)}:{one.text}", one.text, round_, now)
        for one in problems
    ]
    if rows:
        await tools.failed.add(*rows)


async def keep_failed(tools: Tools, row: Document, step: str, reason: str, round_: int) -> None:
    """Report that a step was tried as often as it may be."""
    await tools.failed.add(_failure(row, step, reason, round_, tools.changes.clock.wall()))


def task_of(step: str) -> str:
    """The id of what a step does: the same however often it is tried."""
    return str(uuid5(NAMESPACE_URL, f"carillon:stages:{step}"))


def _failure(row: Document, step: str, reason: str, round_: int, now: int) -> NewFailure:
    return NewFailure(
        task_id=task_of(step),
        initiated_at=now,
        reason=reason,
        round=round_,
        subscription=row["uuid"],
    )


def _place(row: Document) -> str:
    return f"{row['_id']}:{row['messageset']}:{row['lang']}:{row['next_sequence_number']}"
