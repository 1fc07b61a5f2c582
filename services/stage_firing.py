"""A schedule's firing, for all who walk on it: worked off page by page, by whoever is free.

The numbers of subscriptions are split among a few lanes. A job does one page of a lane and leaves
a job for the next: a killed process loses its page to another, and more processes do more lanes.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from domain.jobs import Job, Kind, NewJob
from domain.schedules import Fired
from models.counters import Counters
from models.database import Document
from models.stage_walks import IN_PROCESS, READY, is_in_hand
from services.stage_plans import Planned
from services.stage_steps import Taken
from services.stage_tools import SEND, Tools, keep_problems

PAGE: Final = "stages.page"
LANES: Final = 4
MOST_AT_ONCE: Final = 2  # pages in one process: others have work, too
MOST: Final = 1_000  # subscriptions of one step
WIDEST: Final = 16 * MOST  # numbers read at once, of which few are of this schedule
MOST_BYTES: Final = 4 * 2**20  # of letters: the record of a step is one document
MOST_KNOWN: Final = 10_000

Handle = Callable[[Job, list[Document]], Awaitable[int]]


class StageFiring:
    """Begins what a firing does to subscriptions, and does its pages.

    With ``is_remote`` each subscription is a job of its own, for other servers are asked for each.
    """

    def __init__(self, tools: Tools, counters: Counters, *, is_remote: bool):
        self._tools, self._counters, self._is_remote = tools, counters, is_remote
        self._walked: set[int] = set()

    def jobs(self) -> dict[str, Kind]:
        """The kinds of jobs that are done here."""
        return {PAGE: Kind(self.run, give_up=self.give_up, at_once=MOST_AT_ONCE)}

    async def begin(self, fired: Fired) -> None:
        """Have everybody on the schedule sent the next message; may be called again."""
        if not await self._is_walked(fired.schedule):
            return
        last = await self._counters.stage_subscriptions.last()
        body = {"firing": fired.id, "schedule": fired.schedule, "due_at": fired.due_at}
        lanes = [
            self._job({**body, "start": start, "end": end, "width": MOST})
            for start, end in _lanes(last)
        ]
        await self._tools.jobs.add_all(lanes)

    async def _is_walked(self, schedule: int) -> bool:
        """Does anybody wait for this schedule? Who once did is remembered: most have nobody."""
        if schedule not in self._walked and await self._tools.walks.is_walked(schedule):
            if len(self._walked) > MOST_KNOWN:
                self._walked.clear()
            self._walked.add(schedule)
        return schedule in self._walked

    def _job(self, body: dict[str, Any]) -> NewJob:
        key = f"stages:{body['firing']}:page:{body['start']}"
        return NewJob(key, PAGE, self._tools.changes.clock.wall(), body)

    # One page

    async def run(self, job: Job) -> None:
        """The job of a page: all of its subscriptions make their step together."""
        await self._page(job, self._one_by_one if self._is_remote else self._together)

    async def give_up(self, job: Job, error: str) -> None:
        """They could not together: each for itself, and the lane goes on."""
        await self._page(job, self._one_by_one)

    async def _page(self, job: Job, handle: Handle) -> None:
        body: Any = job.body
        start, end, width = body["start"], body["end"], body["width"]
        rows: list[Document] = []
        while start < end and not rows:
            stop = min(start + width, end)
            rows = await self._due(body, start, stop)
            start, width = stop, min(WIDEST, 2 * width)
        if len(rows) > MOST:
            rows, width = rows[:MOST], MOST
            start = rows[-1]["_id"] + 1
        if rows:
            start = min(start, await handle(job, rows))
            width = width // 2 if len(rows) > MOST // 4 else width
        if start < end:
            following = {**body, "start": start, "width": max(MOST, width)}
            await self._tools.jobs.add_all([self._job(following)])

    async def _due(self, body: Any, start: int, stop: int) -> list[Document]:
        """Those whose turn it is: who began later, or was moved by this firing, has none."""
        walks, schedule = self._tools.walks, body["schedule"]
        # Some may be in hand: their turn comes after that. Who is taken in hand or let go between
        # two readings is in another of them, for a step asks other servers in between.
        statuses = (IN_PROCESS, READY, IN_PROCESS) if self._is_remote else (READY,)
        found: dict[int, Document] = {}
        for status in statuses:
            rows = await walks.waiting(schedule, start, stop, status)
            found |= {one["_id"]: one for one in rows if status == READY or is_in_hand(one)}
        return [
            one
            for one in sorted(found.values(), key=lambda row: int(row["_id"]))
            if one["created_at"] <= body["due_at"] and body["firing"] not in one.get("stepped", ())
        ]

    async def _together(self, job: Job, rows: list[Document]) -> int:
        """One step of all; whoever stood elsewhere by then, for himself. Returns where to go on."""
        tools, firing = self._tools, str(job.body["firing"])
        planned, problems = await tools.planner.plan(rows)
        fitting = _fitting(planned)
        await keep_problems(tools, problems)
        if fitting:
            taken = Taken(firing, due_at=_int(job.body["due_at"]))
            reached = await tools.steps.reached(fitting)
            missed = await tools.steps.make(job.key, fitting, reached, taken)
            await self._begin_each(firing, missed)
        if len(fitting) < len(planned):
            return int(planned[len(fitting)].row["_id"])
        return int(rows[-1]["_id"]) + WIDEST

    async def _one_by_one(self, job: Job, rows: list[Document]) -> int:
        await self._begin_each(str(job.body["firing"]), (one["_id"] for one in rows))
        return max(int(one["_id"]) for one in rows) + WIDEST

    async def _begin_each(self, firing: str, numbers: Iterable[int]) -> None:
        now = self._tools.changes.clock.wall()
        jobs = []
        for number in numbers:
            name = f"{firing}:{number}"
            body = {"name": name, "subscription": number, "is_again": False, "round": 1}
            jobs.append(NewJob(f"stages:{name}", SEND, now, body))
        if jobs:
            await self._tools.jobs.add_all(jobs)


def _lanes(last: int) -> list[tuple[int, int]]:
    """The numbers up to ``last`` in a few stretches; few numbers are one."""
    size = max(MOST, -(-last // LANES))
    return [(start, min(start + size, last + 1)) for start in range(1, last + 1, size)]


def _fitting(planned: Sequence[Planned]) -> Sequence[Planned]:
    """As many of these as one record holds, at least one; the same letter counts once."""
    size, seen = 0, set()
    for n, one in enumerate(planned):
        text = "" if one.letter is None else one.letter.shown
        if text not in seen:
            seen.add(text)
            size += len(text) * 4
        if n and size > MOST_BYTES:
            return planned[:n]
    return planned


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
