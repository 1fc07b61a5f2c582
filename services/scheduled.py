"""Scheduled sends: made now, to leave later, edited and cancelled until they leave."""

from collections.abc import Awaitable, Callable, Mapping

from domain.accounts import User
from domain.errors import (
    Conflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from domain.fresh_ids import fresh_id
from domain.items import NOTICE, Item
from domain.schedules import Fired
from domain.send_times import SendTime
from models.database import Document
from services.changes import Changes, Draft, Kind, Outcome
from services.inbox import Inbox, Sending
from services.items import of_scheduled
from services.mailboxes import LARGEST_ID, Stores
from services.scheduled_kinds import WHATS, Scheduling, kept, occurrence_of
from services.scheduled_kinds import Edit as Edit
from services.scheduled_leaving import NO_SENDER, Leaving
from services.scheduled_room import Room

LEAVING = "It is leaving, or has left."
OVERTAKEN = "It was changed at the same moment. Look at it again."
ONLY_NOTICES = "Only a notice can follow a schedule."
NO_SCHEDULE = "There is no such schedule."
SCHEDULES = "services"  # the right to use them
TOO_MANY = "You have {} sends that are to leave later, and no more are possible."
NON_FIELD = "non_field_errors"
LISTED = 1_000
NOT_BEFORE = "Must be later than the time of sending."


class ScheduledSends:
    """Keeps what is to leave later; ``leaving`` lets it leave."""

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
        self.leaving = Leaving(stores, inbox, changes, user_of)
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
        _check_expiry(sending.expires_at, time.at)
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
            audience = await self._inbox.addressing.audience(sending.audience)
            return {"recipients": None, "audience": audience.to_document()}
        recipients = await self._inbox.recipients(kind, sending)
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
        """Change what is given, and return it as it is then, also when it left right afterwards.

        Raises `NotFound`, `Invalid`, and `Conflict` once it is leaving.
        """
        found = await self._visible(user, scheduled)
        fields = await self._edited(found, edit)
        if not fields:
            return of_scheduled(found)
        body = {"id": scheduled, "fields": fields, "retimed": edit.time is not None}
        draft = Draft("scheduled.edit", user.id, body, id=fresh_id())
        _, changed = await self._change(draft)
        return of_scheduled({**found, **fields, **changed, "deleted": False})

    async def _edited(self, found: Document, edit: Edit) -> Document:
        sender = await self._sender(found)
        fields: Document = {} if edit.content is None else {"content": edit.content}
        if edit.expires is not None:
            fields |= edit.expires
        if edit.time is not None:
            fields |= await self._timed(found["kind"], sender, edit.time)
        then = {**found, **fields}
        _check_expiry(then["expires_at"], then["send_at"])
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
        draft = Draft("scheduled.cancel", user.id, body, id=fresh_id())
        return (await self._change(draft))[0]

    async def _change(self, draft: Draft) -> tuple[Outcome, Document]:
        """Make a change, and see whether it was true: of it and leaving there is one winner.

        Returns what was changed, too, of which the content may be gone by then.
        """
        outcome = await self._changes.make(draft)
        try:
            found = await self._store.get(int(str(draft.body["id"])))
        except Unavailable as error:  # it is committed, so it may be true
            raise OutcomeUnknown from error
        if found is not None and draft.id in found["changes"]:
            return outcome, found
        if found is None or found["deleted"] or found["sealing"]:
            raise Conflict(LEAVING)
        if found["decided"] > outcome.revision:
            raise Conflict(OVERTAKEN)
        raise OutcomeUnknown

    # What it needs of others

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


def _check_expiry(expires_at: int | None, at: int | None) -> None:
    """Raise `Invalid` for a notice that ends before it leaves; None: no end, or no instant yet."""
    if expires_at is not None and at is not None and expires_at <= at:
        raise Invalid({"expires_at": [NOT_BEFORE]})
