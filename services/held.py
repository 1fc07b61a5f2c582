"""Notices that somebody's quiet hours hold back: each a job that makes it once they are over.

Until then nothing of it is there, so lists, counters, receipts and connections agree on it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import Conflict, Unavailable
from domain.jobs import Job, NewJob, PutOff
from domain.preferences import INBOX, NOTICES, Preferences
from domain.records import Record
from models.database import Document
from services.changes import Changes, Draft
from services.preferences import Wishes

HELD: Final = "inbox.held"

Drafted = Callable[[int, Mapping[str, Any]], Awaitable[Document]]
Later = Callable[[str, int, Mapping[str, object]], Awaitable[object]]


@dataclass(frozen=True)
class Held:
    """What is made for one user, and when."""

    user: int
    due_at: int
    about: int


def kind_of(origin: Mapping[str, Any] | None) -> str:
    """Under which kind of preferences a notice falls: that of the area that it comes from."""
    return str(origin["area"]) if origin else NOTICES


def is_wanted(wish: Preferences | None, kind: str) -> bool:
    """Is it to come into the inbox at all? What is sent by hand is, where it may be quiet."""
    return wish is None or kind == NOTICES or wish.wants(kind, INBOX)


def job_of(record: Record, held: Held, notice: Mapping[str, Any]) -> NewJob:
    """The job of one; ``notice`` is ``content``, ``origin`` and ``expires_at``, the latter two
    where there are such."""
    body = {**notice, "user": held.user, "by": record.actor}
    return NewJob(f"held:{record.id}:{held.about}", HELD, held.due_at, body)


class Holding:
    """Makes what was held back; ``drafted`` are the parts of its record's body."""

    def __init__(self, wishes: Wishes, changes: Changes, drafted: Drafted, expire_later: Later):
        self._wishes, self._changes = wishes, changes
        self._drafted, self._expire_later = drafted, expire_later

    async def run(self, job: Job) -> None:
        """The job of one. Raises `PutOff` where new quiet hours began, or the old ones grew."""
        user: Any = job.body["user"]
        wish = (await self._wishes.of([user])).get(user)
        now = self._changes.clock.wall()
        if not self._is_still(job.body, wish, now):
            return
        until = None if wish is None else wish.held_until(now)
        if until is not None:
            raise PutOff("quiet hours", until - now)
        await self._make(user, job)

    async def _make(self, user: int, job: Job) -> None:
        part = await self._drafted(user, job.body)
        by, expires_at, name = job.body["by"], job.body.get("expires_at"), f"job:{job.key}"
        assert isinstance(by, int | None)
        answer = {"first_id": part["first_id"]}
        try:
            made = await self._changes.make(Draft(HELD, by, {"part": part}, answer=answer, id=name))
        except Conflict as error:
            raise Unavailable("This notice is being made.") from error
        if isinstance(expires_at, int):
            copies = {**made.answer, "count": 1}
            await self._expire_later(f"expire:{name}", expires_at, copies)

    def _is_still(self, body: Mapping[str, object], wish: Preferences | None, now: int) -> bool:
        """Is it wanted still, and not over?"""
        over: Any = body.get("expires_at")
        origin: Any = body.get("origin")
        return is_wanted(wish, kind_of(origin)) and (over is None or over > now)


async def told_now(to: tuple[int, ...], wishes: Wishes) -> tuple[tuple[int, ...], Document]:
    """Of a notice sent by hand: whom it reaches now, and what its record says of the others.

    ``held`` are ``[user, until]`` of those in quiet hours; ``muted`` turned such notices off, so
    that it comes to them as read. Neither is there when it is nobody.
    """
    found = await wishes.of(to)
    now = wishes.clock.wall()
    ends = {user: wish.held_until(now) for user, wish in found.items()}
    held = [[user, end] for user in to if (end := ends.get(user)) is not None]
    at_once = tuple(user for user in to if ends.get(user) is None)
    off = [one for one in at_once if one in found and not found[one].wants(NOTICES, INBOX)]
    return at_once, {key: rows for key, rows in (("held", held), ("muted", off)) if rows}


def jobs_of(record: Record, held: Iterable[Held], notice: Mapping[str, Any]) -> list[NewJob]:
    """The same for many of one content."""
    return [job_of(record, one, notice) for one in held]
