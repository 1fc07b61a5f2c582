"""Scheduled sends: made now, to leave later, edited and cancelled until they leave."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from domain.accounts import User
from domain.audiences import Audience
from domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotAuthenticated,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from domain.items import NOTICE, Item
from domain.jobs import Job
from domain.schedules import Fired
from domain.send_times import SendTime, zones_for
from models.database import Document
from services.changes import Changes, Draft, Kind, Outcome
from services.identities import as_member
from services.inbox import Inbox, Sending
from services.items import of_scheduled
from services.mailboxes import LARGEST_ID, Stores
from services.scheduled_kinds import WHATS, Scheduling, kept, occurrence_of
from services.scheduled_kinds import Edit as Edit
from services.scheduled_room import Room

LEAVING = "It is leaving, or has left."
OVERTAKEN = "It was changed at the same moment. Look at it again."
NOBODY = "None of its recipients has an account any more."
NO_SENDER = "Its sender has no active account any more."
NOT_ALLOWED = "Its sender may not send it any more."
EXPIRED = "It had expired before it could leave."
GIVEN_UP = "It could not be sent."
ONLY_NOTICES = "Only a notice can follow a schedule."
NO_SCHEDULE = "There is no such schedule."
SCHEDULES = "services"  # the right to use them
TOO_MANY = "You have {} sends that are to leave later, and no more are possible."
NON_FIELD = "non_field_errors"
LISTED = 1_000
NOT_BEFORE = "Must be later than the time of sending."


class Failed(Exception):
    """A send that cannot leave as it is; says why."""


class ScheduledSends:
    """Keeps what is to leave later, and lets it leave: exactly what it is then, or not at all."""

    def __init__(
        self,
        stores: Stores,
        inbox: Inbox,
        changes: Changes,
        user_of: Callable[[int], Awaitable[User]],
        find_schedule: Callable[[int], Awaitable[object]],
    ):
        self._stores, self._inbox, self._changes = stores, inbox, changes
        self._store, self._user_of = stores.scheduled, user_of
        self._find_schedule = find_schedule
        self._room = Room(stores.scheduled, inbox.most_scheduled)

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are scheduled sends'."""
        kind = Scheduling(self._stores, self._inbox.mailboxes, self._inbox.shapes)
        return dict.fromkeys(WHATS, kind)

    # Making, reading

    async def add(self, kind: str, sending: Sending, time_of: Callable[[], SendTime]) -> Outcome:
        """Keep a send; the answer names its ``id``. Raises as `Inbox.send` does.

        ``time_of`` may raise too: it is not asked when the key was used, for by now it may be past.
        Also `Invalid` when its sender has as many as he may; of those that he sends at the same
        moment some may be more.
        """
        outcome = await self._changes.recall(sending.key, sending.fingerprint)
        if outcome is not None:
            return outcome
        time = time_of()
        _check_expiry(sending.expires_at, time)
        if not await self._room.take(sending.sender.id):
            raise Invalid({NON_FIELD: [TOO_MANY.format(self._room.most)]})
        document = {
            "kind": kind,
            "content": sending.content,
            **await self._addressed(kind, sending),
            "expires_at": sending.expires_at,
            **await self._timed(kind, sending.sender, time),
        }
        scheduled = await self._stores.counters.scheduled.take()
        draft = Draft(
            "scheduled.add",
            sending.sender.id,
            {"id": scheduled, "document": document},
            answer={"id": scheduled},
            key=sending.key,
            fingerprint=sending.fingerprint,
        )
        return await self._changes.make(draft)

    async def _addressed(self, kind: str, sending: Sending) -> Document:
        """Whom it is for, as it is kept; names become ids now, ids names when it leaves."""
        if sending.audience is not None:
            self._inbox.check(sending)
            audience = await self._inbox.audience(sending.audience)
            return {"recipients": None, "audience": audience.to_document()}
        recipients = await self._inbox.recipients(kind, sending)
        self._inbox.check(sending, len(recipients))
        return {"recipients": sorted(recipients), "audience": None}

    async def _timed(self, kind: str, sender: User, time: SendTime) -> Document:
        """The time as it is kept; raises `Invalid` for a schedule that cannot be followed."""
        if time.schedule is not None:
            if kind != NOTICE:
                raise Invalid({"schedule": [ONLY_NOTICES]})
            await self._check_schedule(sender, time.schedule)
        return await kept(time)

    async def _check_schedule(self, sender: User, schedule: int) -> None:
        try:
            if not sender.may(SCHEDULES) or not 0 < schedule <= LARGEST_ID:
                raise NotFound
            await self._find_schedule(schedule)
        except NotFound as error:
            raise Invalid({"schedule": [NO_SCHEDULE]}) from error

    async def listed(
        self, user: User, since: int | None = None, until: int | None = None, *, limit: int = LISTED
    ) -> list[Item]:
        """The first that the user has to leave; an administrator sees everybody's.

        Soonest first, before all what follows a schedule, unless ``since`` (µs) is given.
        """
        owner = None if user.is_admin else user.id
        return list(map(of_scheduled, await self._store.listed(owner, since, until, limit)))

    async def get(self, user: User, scheduled: int) -> Item:
        """One that he may see; raises `NotFound`."""
        return of_scheduled(await self._visible(user, scheduled))

    async def _visible(self, user: User, scheduled: int) -> Document:
        found = await self._store.get(scheduled)
        if found is None or found["deleted"] or not (user.is_admin or found["owner"] == user.id):
            raise NotFound
        return found

    # Changing

    async def edit(self, user: User, scheduled: int, edit: Edit) -> Item:
        """Change what is given; raises `NotFound`, `Invalid`, and `Conflict` once it is leaving."""
        found = await self._visible(user, scheduled)
        fields = await self._edited(found, edit)
        body = {"id": scheduled, "fields": fields, "retimed": edit.time is not None}
        if fields:
            await self._change(Draft("scheduled.edit", user.id, body, id=uuid4().hex))
        return await self.get(user, scheduled)

    async def _edited(self, found: Document, edit: Edit) -> Document:
        sender = await self._sender(found)
        fields: Document = {} if edit.content is None else {"content": edit.content}
        if edit.expires is not None:
            fields |= edit.expires
        if edit.time is not None:
            fields |= await self._timed(found["kind"], sender, edit.time)
        expires_at = fields.get("expires_at", found["expires_at"])
        at = fields.get("send_at", found["send_at"])
        if expires_at is not None and at is not None and expires_at <= at:
            raise Invalid({"expires_at": [NOT_BEFORE]})
        sending = Sending(
            sender=sender,
            content=edit.content or found["content"],
            wanted=edit.wanted or found["recipients"] or (),
            audience=edit.audience,
            is_later=True,
        )
        if edit.wanted or edit.audience is not None:
            fields |= await self._addressed(found["kind"], sending)
        else:
            self._inbox.check(sending, len(found["recipients"] or ()))
        return fields

    async def _sender(self, found: Document) -> User:
        try:
            return await self._user_of(found["owner"])
        except NotAuthenticated as error:
            raise Conflict(NO_SENDER) from error

    async def cancel(self, user: User, scheduled: int) -> Outcome:
        """It never leaves; raises `NotFound`, and `Conflict` once it is leaving."""
        await self._visible(user, scheduled)
        body = {"id": scheduled}
        return await self._change(Draft("scheduled.cancel", user.id, body, id=uuid4().hex))

    async def _change(self, draft: Draft) -> Outcome:
        """Make a change, and see whether it was true: of it and leaving there is one winner."""
        outcome = await self._changes.make(draft)
        found = await self._store.get(int(str(draft.body["id"])))
        if found is not None and draft.id in found["changes"]:
            return outcome
        if found is None or found["deleted"] or found["sealing"]:
            raise Conflict(LEAVING)
        if found["decided"] > outcome.revision:
            raise Conflict(OVERTAKEN)
        raise OutcomeUnknown

    # Leaving

    async def follow(self, fired: Fired) -> None:
        """A schedule fires: what follows it leaves once more; may be called again."""
        found = await self._store.on_schedule(fired.schedule)
        jobs = [occurrence_of(one, fired.id, fired.at) for one in found]
        await self._stores.jobs.add_all(jobs)

    async def follower_of(self, schedule: int) -> str | None:
        """What follows a schedule, as a refusal names it; None when nothing does."""
        found = await self._store.on_schedule(schedule)
        return f"scheduled send {found[0]['_id']}" if found else None

    async def addressed_to(self, group: int) -> str | None:
        """What is still to leave for a group, as a refusal names it; None when nothing is."""
        number = await self._store.for_group(group)
        return None if number is None else f"scheduled send {number}"

    async def leave(self, job: Job) -> None:
        """The job of an occurrence: seal it, send it once, and say what came of it."""
        body: Any = job.body
        found = await self._store.seal(body["id"], body["timing"], job.key)
        if found is None:
            return
        try:
            await self._send(found, job)
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

    async def _send(self, found: Document, job: Job) -> None:
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


def _check_expiry(expires_at: int | None, time: SendTime) -> None:
    if expires_at is not None and time.at is not None and expires_at <= time.at:
        raise Invalid({"expires_at": [NOT_BEFORE]})
