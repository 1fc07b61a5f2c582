"""Steps for which other servers are asked: at least once, under one key, in hand until they answer.

An attempt that fails is made again by a job of its own. What it sends is written into that job, so
that the same key always means the same message.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from domain.calls import CallFailed, wait_us
from domain.jobs import Job
from domain.metrics import ERRORED, SENDS, failure
from domain.stage_letters import Errand
from models.database import Document
from services.lanes import Lanes
from services.stage_channels import Remote
from services.stage_plans import Planned
from services.stage_steps import Taken
from services.stage_tools import SEND, Tools, keep_failed, task_of

log = logging.getLogger("carillon.stages")

JITTER: Final = 0.5


class Deliveries:
    """Makes such steps; ``count`` is told of failures by the metric's name."""

    def __init__(
        self,
        tools: Tools,
        remotes: Sequence[Remote],
        delays_s: Sequence[float],
        count: Callable[[str, float], None],
    ):
        self._tools, self._remotes, self._delays_s = tools, remotes, delays_s
        self._count, self._random, self._lanes = count, Random(), Lanes(time.monotonic)

    @property
    def is_needed(self) -> bool:
        """Is any way configured that ends elsewhere?"""
        return bool(self._remotes)

    async def step(self, job: Job, step: str, planned: Planned) -> bool:
        """Make one attempt; False when the subscription was changed before it began.

        Raises `Unavailable` while others wait for the same receiver, which is slow.
        """
        body: Any = job.body
        is_again, row = body["is_again"], planned.row
        if (
            not is_again
            and row.get("step") != step
            and not await self._tools.walks.claim(row, step)
        ):
            return False
        planned, errand = _frozen(planned, body.get("frozen"), step, is_again=is_again)
        try:
            is_there = await self._deliver(planned, errand)
        except CallFailed as error:
            await self._failed_once(job, step, planned, errand, error)
            return True
        delivered = {row["_id"]} if is_there else set()
        taken = Taken(step, None if is_again else step, delivered)
        reached = await self._tools.steps.reached([planned])
        await self._tools.steps.make(f"{step}:sent", [planned], reached, taken)
        return True

    async def _deliver(self, planned: Planned, errand: Errand) -> bool:
        """Ask on every way; True when somebody is there. Raises `CallFailed`."""
        is_there = False
        for remote in self._remotes:
            async with self._lanes.lane(remote.receiver):
                address = await remote.find(errand.identity)
                if address is not None and not planned.is_dry:
                    await remote.send(errand, address)
            is_there = is_there or address is not None
        return is_there

    async def _failed_once(
        self, job: Job, step: str, planned: Planned, errand: Errand, error: CallFailed
    ) -> None:
        body: Any = job.body
        attempt = body.get("attempt", 1)
        self._count(failure(SENDS, error.cause), 1)
        wait = wait_us(self._delays_s, attempt, jitter=JITTER, random=self._random)
        log.info("%s, attempt %d: %s", step, attempt, error)
        if wait is None:
            await self.fail(planned.row, step, error.reason, body["round"])
            return
        frozen = {"errand": errand.to_body(), "fields": planned.fields, "used": planned.used}
        following = {**body, "attempt": attempt + 1, "frozen": frozen}
        due_at = self._tools.changes.clock.wall() + wait
        await self._tools.jobs.add(f"{step}:{attempt + 1}", SEND, due_at, following)

    async def fail(self, row: Document, step: str, reason: str, round_: int) -> None:
        """It was tried as often as it may be: report it, and let go of it; may be called again."""
        await keep_failed(self._tools, row, step, reason, round_)
        await self._tools.walks.release(row["_id"], step)
        self._count(ERRORED, 1)


def _frozen(
    planned: Planned, frozen: Mapping[str, Any] | None, step: str, *, is_again: bool
) -> tuple[Planned, Errand]:
    """What is sent, and what changes then: as the first attempt had it."""
    if frozen is not None:
        used = frozen["used"]
        kept = replace(planned, fields=frozen["fields"], used=None if used is None else tuple(used))
        return kept, Errand(**frozen["errand"])
    letter = planned.letter
    assert letter is not None
    errand = Errand(
        key=task_of(step),
        identity=planned.row["identity"],
        content=letter.content,
        metadata=letter.metadata,
        channel=planned.set.get("channel"),
        is_again=is_again,
    )
    return planned, errand
