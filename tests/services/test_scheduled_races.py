"""Edits, cancellations and leaving at the same moment: whatever their order, one story is true."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.clock import SECOND
from domain.errors import Conflict, NotFound, OutcomeUnknown, Unavailable
from domain.items import MESSAGE
from domain.jobs import Job
from domain.send_times import SendTime
from services.drafts import Draft, Outcome
from services.inbox import Sending
from services.scheduled import Edit, ScheduledSends
from services.scheduled_kinds import LEAVE, jobs_of
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House

EXAMPLES = 8
WHATS = ("edit", "cancel", "retime", "leave", "seal and die", "send and die")
plans = st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 12)), min_size=2, max_size=6)


@dataclass
class Story:
    """One scheduled send and all that happens to it at once; ``true`` is what was accepted."""

    house: House
    user: Any
    number: int
    true: list[str] = field(default_factory=list)

    @property
    def scheduled(self) -> ScheduledSends:
        return self.house.app.scheduled

    async def job(self) -> Job | None:
        """The job of its present time."""
        found = await self.house.stores.scheduled.get(self.number)
        assert found is not None
        jobs = jobs_of(found)
        return Job(jobs[0].key, LEAVE, 0, jobs[0].body) if jobs else None

    async def play(self, what: str, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0.001)
        acts: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "edit": lambda: self.scheduled.edit(
                self.user, self.number, Edit(content=f"edited {turns}")
            ),
            "cancel": lambda: self.scheduled.cancel(self.user, self.number),
            "retime": lambda: self.scheduled.edit(
                self.user, self.number, Edit(time=SendTime(self.house.app.clock.now() + SECOND))
            ),
        }
        if what not in acts:
            await self.leave(what)
            return
        try:
            await acts[what]()
        except (Conflict, NotFound):
            return
        self.true.append(what)

    async def leave(self, what: str) -> None:
        """A worker has its job, and comes to the end or dies somewhere before."""
        job = await self.job()
        if job is None:
            return
        if what == "leave":
            await self.scheduled.leaving.leave(job)
            return
        body: Any = job.body
        store = self.house.stores.scheduled
        found = await store.seal(self.number, body["timing"], job.key)
        if found is not None and what == "send and die":
            await self.scheduled.leaving.send(found, job)


async def _story(house: House, sender: Any, bob: Any) -> Story:
    at = SendTime(house.app.clock.now() + SECOND)
    sending = Sending(sender=sender, content="as it was", wanted=[bob.id], is_later=True)
    outcome = await house.app.scheduled.add(MESSAGE, sending, lambda: at)
    return Story(house, sender, int(str(outcome.answer["id"])))


async def _example(house: House, sender: Any, bob: Any, plan: list[tuple[str, int]]) -> None:
    story = await _story(house, sender, bob)
    before = await _received(house, bob)
    await asyncio.gather(*(story.play(what, turns) for what, turns in plan))
    found = await house.stores.scheduled.get(story.number)
    assert found is not None
    is_cancelled = "cancel" in story.true
    assert is_cancelled <= found["deleted"]
    content = found.get("content")
    job = await story.job()  # who takes over: of a time that is past, there is nothing to do
    if job is not None:
        await story.scheduled.leaving.leave(job)
    new = (await _received(house, bob))[len(before) :]
    if is_cancelled:
        assert new == [], "a cancelled one leaves never"
    else:
        assert len(new) == 1, "and any other once"
        assert content in (None, *new), "as it was edited last"
        if "edit" in story.true:
            assert new[0].startswith("edited")
        else:
            assert new == ["as it was"]
    gone = await house.stores.scheduled.get(story.number)
    assert gone is not None
    assert gone["deleted"]
    assert gone["sealing"] == []
    assert "content" not in gone


async def _received(house: House, who: Any) -> list[str]:
    copies = await house.stores.deliveries.listed(
        who.id, MESSAGE, is_read=None, since=None, until=None
    )
    return [copy["content"] for copy in sorted(copies, key=lambda one: int(one["_id"]))]


@pytest.mark.gen_test
async def test_an_edit_after_which_it_left_at_once_was_true(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await house.user("alice"), await house.user("bob")
    story = await _story(house, alice, bob)
    make = house.changes.make

    async def make_and_leave(draft: Draft) -> Outcome:
        outcome = await make(draft)
        if draft.what == "scheduled.edit":
            await story.leave("leave")
        return outcome

    monkeypatch.setattr(house.changes, "make", make_and_leave)
    item = await story.scheduled.edit(story.user, story.number, Edit(content="edited"))
    assert (item.content, item.recipients) == ("edited", (bob.id,))
    assert await _received(house, bob) == ["edited"]


@pytest.mark.gen_test
async def test_a_change_that_nobody_can_look_at_is_not_said_to_be_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await house.user("alice"), await house.user("bob")
    story = await _story(house, alice, bob)
    make = house.changes.make

    async def away(_: int) -> Any:
        raise Unavailable

    async def make_and_lose(draft: Draft) -> Outcome:
        outcome = await make(draft)
        monkeypatch.setattr(house.stores.scheduled, "get", away)
        return outcome

    monkeypatch.setattr(house.changes, "make", make_and_lose)
    with pytest.raises(OutcomeUnknown):
        await story.scheduled.cancel(story.user, story.number)


@pytest.mark.timeout(120)
def test_of_all_that_happens_at_once_one_story_is_true(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async def begin() -> tuple[House, Any, Any]:
        house = await House(database_name, store_uris, hand_clock).__aenter__()
        return house, await house.user("alice"), await house.user("bob")

    house, alice, bob = io_loop.run_sync(begin)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(plans)
    def run(plan: list[tuple[str, int]]) -> None:
        hand_clock.move(5)
        io_loop.run_sync(lambda: _example(house, alice, bob, plan))

    try:
        run()
    finally:
        io_loop.run_sync(house.carillon.database.drop)
        io_loop.run_sync(lambda: house.__aexit__(None, None, None))
