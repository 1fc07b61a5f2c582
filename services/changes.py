"""The one way a change is made: record, effects, delivery; and the look that finishes the rest.

Invariant: an answer of success means that the record is acknowledged; its effects are done by
this process, or by any other that finds it left (live, "A change").
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from domain.clock import MINUTE, SECOND, Clock
from domain.errors import Conflict, KeyReused, Unavailable
from domain.events import Event
from domain.fresh_ids import fresh_id
from domain.records import Key, Lease, Record
from domain.trail import current, following
from models.database import Duplicate
from models.records import KEPT_US, Records
from models.users import in_chunks
from push import envelopes
from push.broker import Broker
from services.drafts import Draft as Draft
from services.drafts import Kind as Kind
from services.drafts import Outcome as Outcome
from services.finishing import Finisher
from services.heard import Heard
from services.hearing import Hearing
from services.patience import Patience
from services.settling import Settling
from services.spans import Spans
from services.steps import COMMITTED, EFFECTS, PUBLISHED, TOLD, Steps
from services.turns import LEASE_US, LeaseLost, Turn

log = logging.getLogger("carillon.changes")

PUBLISH_WAIT_S = 0.05
KEY_WAIT_S, KEY_LOOKS = 1.0, 10  # how long a repeated request waits for the first one's answer


class Changes:
    """Makes changes, hears of others', finishes what was left.

    Each event is delivered once on this process, in the order of hearing. What was
    stamped from ``heard_from`` on, less the overlap at the other end before ``heard_until``, was
    heard: the latter is the start of the last successful look, or the stamp of the oldest record
    that was open then, for its effects can be read before they are told.
    """

    def __init__(
        self,
        *,
        records: Records,
        clock: Clock,
        broker: Broker,
        process: str,
        overlap_us: int,
    ):
        self.clock, self.steps, self.spans = clock, Steps(clock), Spans()
        self._records, self._broker, self._process = records, broker, process
        self._overlap_us, self._patience = overlap_us, Patience(PUBLISH_WAIT_S)
        self._kinds: dict[str, Kind] = {}
        self._deliver: list[Callable[[Sequence[Event]], None]] = []
        self._heard = Heard()
        self._looked = 0
        self._looked_at_s = time.monotonic()
        self.heard_from = self.heard_until = 0
        self.hearing = Hearing(process, self.hear, self.hear_record)
        self._settling = Settling(records, clock, process=process, overlap_us=overlap_us)
        self._finisher = Finisher(
            records, clock, process=process, overlap_us=overlap_us, carry_out=self._carry_out
        )

    def add_kinds(self, kinds: Mapping[str, Kind]) -> None:
        """Say how records of these names are carried out; every name has one owner."""
        assert not self._kinds.keys() & kinds.keys()
        self._kinds.update(kinds)

    def on_event(self, deliver: Callable[[Event], None]) -> None:
        """Call ``deliver`` for every event from now on; it must not wait or raise."""

        def deliver_each(events: Sequence[Event]) -> None:
            for event in events:
                deliver(event)

        self.on_events(deliver_each)

    def on_events(self, deliver: Callable[[Sequence[Event]], None]) -> None:
        """The same, with all that were heard together."""
        self._deliver.append(deliver)

    def deaf_for_s(self) -> float:
        """How long ago the last successful look was, by this host's own measure of time."""
        return time.monotonic() - self._looked_at_s

    # Making one

    async def make(self, draft: Draft) -> Outcome:
        """Commit a change and carry it out.

        Raises `Unavailable` (nothing happened) or `OutcomeUnknown`; under a key also `KeyReused`
        and, while the first is still running, `Conflict`.
        """
        with self.spans.span(f"record {draft.what}"):
            return await self._make(draft)

    async def _make(self, draft: Draft) -> Outcome:
        record = self._record(draft)
        try:
            await self._records.add(record)
        except Duplicate:
            return await self._again(record.id, draft.fingerprint)
        self.steps.note(record.id, COMMITTED)
        await self._carry_out(record, Turn(record, self._records, self.clock, self._overlap_us))
        return Outcome(record.answer, record.revision)

    def _record(self, draft: Draft) -> Record:
        stamp = self.clock.stamp()
        return Record(
            id=draft.key.record_id if draft.key else draft.id or fresh_id(),
            what=draft.what,
            stamp=stamp,
            revision=stamp,
            actor=draft.actor,
            body=draft.body,
            to=draft.to,
            answer=draft.answer,
            fingerprint=draft.fingerprint if draft.key else None,
            lease=Lease(self._process, stamp + LEASE_US),
            trail=current(),
        )

    async def recall(self, key: Key | None, fingerprint: str) -> Outcome | None:
        """The outcome of an earlier request under the same key, or None; raises as `make`."""
        if key is None or await self._records.get(key.record_id) is None:
            return None
        return await self._again(key.record_id, fingerprint)

    async def _again(self, record_id: str, fingerprint: str | None) -> Outcome:
        """The outcome of a record that was made before, once its effects are there."""
        for _ in range(KEY_LOOKS):
            record = await self._records.get(record_id)
            if record is not None and record.fingerprint != fingerprint:
                raise KeyReused
            if record is not None and await self._is_done(record):
                return Outcome(record.answer, record.revision)
            await asyncio.sleep(KEY_WAIT_S / KEY_LOOKS)
        raise Conflict("The first request is still running.", headers={"Retry-After": "1"})

    async def _is_done(self, record: Record) -> bool:
        """Are its effects there? When nobody works on it any more, they are done here."""
        if record.state != "open" or record.id in self._settling:
            return True
        return await self._finisher.finish(record)

    async def _carry_out(self, record: Record, turn: Turn) -> None:
        """Effects, then delivery. What fails here is left to whoever looks next."""
        with following(record.trail), self.spans.span(f"effects {record.what}"):
            await self._do(record, turn)

    async def _do(self, record: Record, turn: Turn) -> None:
        log.debug("record %s (%s) is carried out", record.id, record.what)
        kind = self._kinds[record.what]
        try:
            async with turn:
                await kind.apply(record, turn)
                record = await self._placed(record, turn)
                event = await kind.event(record)
        except (Unavailable, LeaseLost) as error:
            log.warning(
                "record %s (%s) is left to be finished: %s",
                record.id,
                record.what,
                error,
            )
            return
        self.steps.note(record.id, EFFECTS)
        self._settling.add(record)
        await self._tell(event)

    async def _placed(self, record: Record, turn: Turn) -> Record:
        """The record at the place of its latest effects."""
        if turn.revision == record.revision:
            return record
        await self._records.restamp(record, turn.revision)
        return replace(record, revision=turn.revision)

    async def _tell(self, event: Event) -> None:
        """Deliver here, publish for the others; wait for the broker a moment, not longer."""
        self.hear(event)
        with self.spans.span("publish", record=event.record):
            taken = self._broker.publish(envelopes.seal(event, self._process), event.users)
            taken.add_done_callback(partial(self._note_published, event.record))
            await self._patience.wait(taken)

    def _note_published(self, record: str, taken: asyncio.Future[bool]) -> None:
        if not taken.cancelled() and taken.result():
            self.steps.note(record, PUBLISHED)
            log.debug("record %s is published", record)

    # Hearing

    def hear_from_caller(self, revision: int) -> None:
        """Take a caller's word for a revision, as far as a clock may be off wall time."""
        if revision <= self.clock.now() - self.clock.ahead() + MINUTE:
            self.clock.hear(revision)

    def hear(self, *events: Event) -> None:
        """Deliver events on this process, together and in this order, but for those known."""
        fresh = [event for event in events if self._is_fresh(event)]
        for deliver in self._deliver if fresh else ():
            deliver(fresh)
        for event in fresh:
            self.steps.note(event.record, TOLD)

    def _is_fresh(self, event: Event) -> bool:
        """Was it not heard before? From now on it was."""
        self.clock.hear(event.revision)
        return self._heard.add(event.record, event.revision)

    async def hear_record(self, record_id: str) -> None:
        """Hear of a record of which no more than its id is known."""
        if record_id not in self._heard:
            record = await self._records.get(record_id)
            if record is not None:
                await self._hear_of(record)

    # Looking

    async def begin(self, since_s: float) -> None:
        """Hear what happened in the last ``since_s`` and set the clock by it, before serving."""
        self._looked = self.heard_from = self.clock.now() - int(since_s * SECOND)
        self.clock.hear(await self._records.newest_revision(self._looked))
        await self.look()

    async def look(self) -> None:
        """Hear of every record since the last successful look, and finish what was left.

        Raises `Unavailable` when the database is away; the next look then begins where this did.
        """
        started = self.clock.now()
        await self.settle()
        since = self._looked - self._overlap_us
        open_now = await self._records.open_heads(started + MINUTE)
        await self._hear_between(since, started + MINUTE)
        if started - self._looked > KEPT_US - self._overlap_us:
            self.heard_from = started  # records of the time between are gone
        self._looked, self._looked_at_s = started, time.monotonic()
        self.heard_until = min((started, *(one.stamp for one in open_now)))
        self._heard.forget(since)
        await self._finisher.finish_left(open_now)

    async def _hear_between(self, since: int, until: int) -> None:
        """Hear of records that others finished; those heard of may have another place by now.

        Of what this process carries out it hears then, before it is marked as done.
        """
        places = await self._records.heads(since, until, but_by=self._process)
        unheard = [one for one in places if one not in self._heard]
        for one in places.keys() - set(unheard):
            self._heard.move(one, places[one])
        unheard.sort(key=places.__getitem__)
        for ids in in_chunks(unheard):
            for record in await self._records.whole(ids):
                await self._hear_of(record)

    async def _hear_of(self, record: Record) -> None:
        if record.id not in self._heard and record.what in self._kinds:
            self.hear(await self._kinds[record.what].event(record))

    async def settle(self) -> None:
        """Mark as done, together, the records whose effects are there."""
        await self._settling.settle()

    async def stop(self) -> None:
        """Leave what is being finished to others; may be called twice."""
        await self._finisher.stop()

    async def tidy(self) -> None:
        """Take the contents out of old keyed records, and remove those that had their time."""
        await self._records.strip(self.clock.now() - 60 * MINUTE)
        await self._records.forget(self.clock.now())
