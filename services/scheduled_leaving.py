"""Scheduled sends that leave: exactly what each is then, once, or not at all."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from domain.accounts import User
from domain.audiences import Audience
from domain.errors import Conflict, Forbidden, Invalid, NotAuthenticated, Unavailable
from domain.jobs import Job
from domain.send_times import zones_for
from models.database import Document
from services.changes import Changes, Draft
from services.identities import as_member
from services.inbox import Inbox, Sending
from services.mailboxes import Stores

NOBODY = "None of its recipients has an account any more."
NO_SENDER = "Its sender has no active account any more."
NOT_ALLOWED = "Its sender may not send it any more."
EXPIRED = "It had expired before it could leave."
GIVEN_UP = "It could not be sent."


class Failed(Exception):
    """A send that cannot leave as it is; says why."""


class Leaving:
    """What the job of an occurrence does; all of it may be done again."""

    def __init__(
        self,
        stores: Stores,
        inbox: Inbox,
        changes: Changes,
        user_of: Callable[[int], Awaitable[User]],
    ):
        self._stores, self._inbox, self._changes = stores, inbox, changes
        self._store, self._user_of = stores.scheduled, user_of

    async def leave(self, job: Job) -> None:
        """The job of an occurrence: seal it, send it once, and say what came of it."""
        body: Any = job.body
        found = await self._store.seal(body["id"], body["timing"], job.key)
        if found is None:
            return
        try:
            await self.send(found, job)
        except Failed as error:
            await self._note("scheduled.failed", job, {"error": str(error)})
        except Invalid:
            await self._note("scheduled.failed", job, {"error": NOBODY})
        except Conflict as error:  # who made it died and did not finish it: a look will
            raise Unavailable(str(error)) from error
        else:
            is_last = found["outstanding"] == 1
            await self._note("scheduled.left", job, {"is_last": is_last})

    async def give_up(self, job: Job, error: str) -> None:
        """The job failed too often: its sender sees it."""
        await self._note("scheduled.failed", job, {"error": GIVEN_UP})

    async def _note(self, what: str, job: Job, more: Mapping[str, object]) -> None:
        body = {"id": job.body["id"], "occurrence": job.key, **more}
        await self._changes.make(Draft(what, None, body, id=f"{what}:{job.key}"))

    async def send(self, found: Document, job: Job) -> None:
        """Send it under the job's key, as it stands, stamped now; a second time is no other."""
        sending = Sending(
            sender=await self._leaving_sender(found),
            content=found["content"],
            expires_at=found["expires_at"],
        )
        if found["expires_at"] is not None and found["expires_at"] <= self._changes.clock.now():
            raise Failed(EXPIRED)
        record = f"job:{job.key}"
        if found["time_zone"] == "recipient":
            to = await self._at_their_time(found, job)
            if to:
                await self._inbox.leave(found["kind"], sending, to, record)
        elif found["audience"] is not None:
            await self._inbox.leave_to_all(sending, found["audience"], record)
        else:
            to = dict(await self._inbox.mailboxes.named(found["recipients"]))
            if not to:
                raise Failed(NOBODY)
            await self._inbox.leave(found["kind"], sending, to, record)

    async def _leaving_sender(self, found: Document) -> User:
        try:
            sender = await self._user_of(found["owner"])
        except NotAuthenticated as error:
            raise Failed(NO_SENDER) from error
        try:
            self._inbox.check_may_send(sender, found["kind"])
        except Forbidden as error:
            raise Failed(NOT_ALLOWED) from error
        return sender

    async def _at_their_time(self, found: Document, job: Job) -> dict[int, str]:
        """Those in the zones of this occurrence, with their names, whom no other one reached.

        The last takes all who are left: who moved to another zone meanwhile is not forgotten.
        """
        body: Any = job.body
        zones = None if body["is_last"] else zones_for(body["zones"])
        people = await self._stores.users.living_in(zones, found["recipients"])
        now = self._changes.clock.now()
        if found["audience"] is not None:
            audience = Audience.from_document(found["audience"])
            people = [one for one in people if audience.includes(as_member(one), now)]
        names = {one["_id"]: one["username"] for one in people}
        mine = await self._store.reach(found["_id"], job.key, list(names), now)
        return {user: names[user] for user in mine}
