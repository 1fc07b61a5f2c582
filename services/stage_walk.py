"""Sending one subscription its next message, or its last one again, when somebody asks for it."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from domain.accounts import User
from domain.errors import NotFound, Unavailable
from domain.fresh_ids import fresh_id
from domain.jobs import Job
from domain.jobs import Kind as JobKind
from domain.records import Body, Key
from models.database import Document
from models.stage_walks import is_in_hand, is_ready
from services.changes import Draft, Kind
from services.creations import Creation
from services.stage_deliveries import Deliveries
from services.stage_firing import StageFiring
from services.stage_steps import Taken
from services.stage_tools import SEND, Tools, keep_problems

ASK: Final = "stages.ask"
MOST_TRIES = 20  # of a step that others' changes overtake


class Ask(Protocol):
    """Having something sent; raises `NotFound`, and as `Changes.make`."""

    async def __call__(
        self, number: int, user: User | None, key: Key | None, fingerprint: str, /
    ) -> None: ...


class Walk:
    """Moves subscriptions one by one; ``firing`` moves all of a schedule."""

    def __init__(self, tools: Tools, firing: StageFiring, deliveries: Deliveries):
        self._tools, self.firing, self._deliveries = tools, firing, deliveries
        self._asking = Creation(self._begin)

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {ASK: self._asking, **self._tools.steps.kinds()}

    def jobs(self) -> Mapping[str, JobKind]:
        """The kinds of jobs that are done here."""
        return {SEND: JobKind(self.run, give_up=self.give_up), **self.firing.jobs()}

    async def send(
        self, number: int, user: User | None = None, key: Key | None = None, fingerprint: str = ""
    ) -> None:
        """Have the next message sent, by whoever is free; raises `NotFound`, as `Changes.make`."""
        await self._ask(number, user, key, fingerprint, is_again=False)

    async def resend(
        self, number: int, user: User | None = None, key: Key | None = None, fingerprint: str = ""
    ) -> None:
        """Have the last message sent once more; it stands where it stood. Raises as `send`."""
        await self._ask(number, user, key, fingerprint, is_again=True)

    async def requeue(self, row: Document) -> bool:
        """Begin a failed task anew; of one row once."""
        subscription = await self._tools.walks.by_uuid(row["subscription"])
        if subscription is not None:
            step = f"{row['task_id']}:{row['round']}"
            body = {"subscription": subscription["_id"], "round": row["round"] + 1}
            await self._begin({"name": step, "is_again": False, **body})
        return True

    async def _ask(
        self, number: int, user: User | None, key: Key | None, fingerprint: str, *, is_again: bool
    ) -> None:
        if await self._tools.walks.get(number) is None:
            raise NotFound
        body = {"name": fresh_id(), "subscription": number, "is_again": is_again, "round": 1}
        by = None if user is None else user.id
        draft = Draft(ASK, by, body, key=key, fingerprint=fingerprint)
        await self._asking.make(self._tools.changes, draft)

    async def _begin(self, body: Body) -> None:
        now = self._tools.changes.clock.wall()
        await self._tools.jobs.add(f"stages:{body['name']}", SEND, now, body)

    # The job

    async def run(self, job: Job) -> None:
        """The job of one send: what is not ready is left alone, what is in hand is waited for."""
        body: Any = job.body
        step = _step_of(job)
        for attempt in range(MOST_TRIES):
            row = await self._tools.walks.get(body["subscription"])
            if row is None or step in row.get("stepped", ()):
                return
            if is_in_hand(row) and row["step"] != step:
                raise Unavailable("Another step of this subscription is under way.")
            if not (is_ready(row) or is_in_hand(row)):
                return
            if await self._step(job, row, attempt):
                return
        raise Unavailable("This subscription is being changed by others.")

    async def _step(self, job: Job, row: Document, attempt: int) -> bool:
        """Make the step; False when the subscription was changed meanwhile."""
        body: Any = job.body
        tools, step = self._tools, _step_of(job)
        planned, problems = await tools.planner.plan([row], is_again=body["is_again"])
        if problems:
            await keep_problems(tools, problems, body["round"])
            await tools.walks.release(row["_id"], step)
        if not planned:
            return True
        if is_in_hand(row) and planned[0].letter is None:  # what was to be sent is gone meanwhile
            await tools.walks.release(row["_id"], step)
            return False
        if self._deliveries.is_needed and planned[0].letter is not None:
            return await self._deliveries.step(job, step, planned[0])
        reached = await tools.steps.reached(planned)
        return not await tools.steps.make(f"{step}:{attempt}", planned, reached, Taken(step))

    async def give_up(self, job: Job, error: str) -> None:
        """The job ended too often: the send has failed."""
        body: Any = job.body
        row = await self._tools.walks.get(body["subscription"])
        if row is not None:
            await self._deliveries.fail(row, _step_of(job), error, body["round"])


def _step_of(job: Job) -> str:
    """The step that a job is an attempt of."""
    return f"stages:{job.body['name']}"
