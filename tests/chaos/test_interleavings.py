"""Proof 8: any interleaving on several devices ends with all equal to the lists, counters true."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

import composition
from domain.clock import SECOND
from services import changes, finishing, inbox, unread
from services.passwords import Passwords
from tests.account_parts import CHEAP
from tests.chaos.mortals import DIE, FAIL, SLOW, ignore_deaths, own_tasks
from tests.chaos.screens import Screen
from tests.chaos.seeds import SEED
from tests.chaos.towns import DEVICES, NAMES, UNKNOWN, Town
from tests.chaos.truths import DELETED, READ, UNREAD, Sent, Truth
from tests.conftest import StoreUris
from tests.journeys.devices import in_order

T = TypeVar("T")

LONG = int(os.environ.get("CHAOS_EXAMPLES", "0"))
EXAMPLES, STEPS = (LONG, 60) if LONG else (15, 25)

Doom = tuple[str, int, bool]

PEOPLE = st.sampled_from(sorted(DEVICES))
HOUSES = st.integers(0, 1)
MOMENTS = st.sampled_from([0.001, 0.5, 2.5, 4.0, 11.0])
KINDS = st.sampled_from(["message", "message", "notice", "sent"])
STATES = st.sampled_from([READ, READ, UNREAD, DELETED])
CHOICES = st.sampled_from([slice(0, 1), slice(0, 2), slice(1, 2), slice(2, 3)])
# At one of the next writes, before or after it.
FATES = st.none() | st.tuples(
    st.sampled_from([DIE, DIE, FAIL, SLOW]), st.sampled_from([1, 2, 2, 3]), st.booleans()
)
FIELDS = {READ: inbox.READ, UNREAD: inbox.UNREAD, DELETED: inbox.DELETED}
LIFE_S = 3.0


class Interleaving(RuleBasedStateMachine):
    """Rules are what may happen next; what must be true is asked in the end."""

    uris: ClassVar[StoreUris]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.loop.set_task_factory(own_tasks)  # type: ignore[arg-type]
        self.loop.set_exception_handler(ignore_deaths)
        self.truth, self.number, self.is_broken = Truth(), 0, True
        self.unanswered: list[tuple[str, str, dict[str, Any]]] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        self.is_broken = True
        done = self.loop.run_until_complete(work)
        self.is_broken = False
        return done

    @initialize(is_skewed=st.booleans())
    def begin(self, is_skewed: bool) -> None:
        self.is_skewed = is_skewed
        self.town = Town(self.uris)
        self.run(self.town.begin())

    # People

    def content(self) -> str:
        self.number += 1
        return f"content {self.number}"

    def doom(self, n: int, fate: Doom | None) -> None:
        """Something will happen at one of the next writes of a process."""
        if fate is not None:
            what, writes, after = fate
            self.town.houses[n].fate.plan(what, writes, after=after)

    @rule(n=HOUSES, who=PEOPLE, to=st.sets(PEOPLE, min_size=1), fate=FATES)
    def send(self, n: int, who: str, to: set[str], fate: Doom | None) -> None:
        others = tuple(sorted(to - {who}))
        if others:
            ids = [self.town.people[name].id for name in others]
            sending = {"content": self.content(), "wanted": ids}
            self.doom(n, fate)
            self._send(n, "message", who, others, sending)

    @rule(n=HOUSES, to=st.sets(PEOPLE), expires=st.booleans(), fate=FATES)
    def notify(self, n: int, to: set[str], expires: bool, fate: Doom | None) -> None:
        """A notice to named people, or to everyone."""
        sending: dict[str, Any] = {"content": self.content(), "audience": "everyone"}
        if to:
            ids = [self.town.people[name].id for name in to]
            sending = {"content": sending["content"], "wanted": ids}
        if expires:
            now = max(wall() for wall in self.town.walls)
            sending["expires_at"] = now + int(LIFE_S * SECOND)
        self.doom(n, fate)
        named = () if expires else tuple(sorted(to or NAMES))
        self._send(n, "notice", "admin", named, sending)

    @rule(n=HOUSES, who=PEOPLE, what=st.sampled_from(["announce", "join", "leave"]))
    def group(self, n: int, who: str, what: str) -> None:
        """Who is in the group is not known here, so not who gets its notices."""
        if what == "announce":
            audience = {"group_ids": [self.town.group]}
            sending = {"content": self.content(), "audience": audience}
            self._send(n, "notice", "admin", (), sending)
        else:
            note(f"{what}: {self.run(self.town.belong(n, who, joins=what == 'join'))}")

    def _send(
        self, n: int, kind: str, who: str, to: tuple[str, ...], sending: dict[str, Any]
    ) -> None:
        outcome = self.run(self.town.send(n, kind, who, sending))
        note(f"{kind} {sending['content']} from {who} to {to}: {outcome}")
        self.truth.note_send(sending["content"], Sent(kind, who, to, is_certain=False), outcome)
        if outcome == UNKNOWN:
            self.unanswered.append((kind, who, sending))

    @precondition(lambda self: self.unanswered)
    @rule(n=HOUSES)
    def repeat(self, n: int) -> None:
        """Ask again under the same key what had no answer."""
        kind, who, sending = self.unanswered.pop()
        to = self.truth.sends[sending["content"]].to
        self._send(n, kind, who, to, sending)

    @rule(n=HOUSES, who=PEOPLE, kind=KINDS, state=STATES, choice=CHOICES, fate=FATES)
    def mark(
        self, n: int, who: str, kind: str, state: str, choice: slice, fate: Doom | None
    ) -> None:
        """Read, unread or deleted; what was sent can only be deleted."""
        items = self.run(self.town.lists(n, who))[kind][choice]
        if not items:
            return
        ids = [item["id"] for item in items]
        self.doom(n, fate)
        if kind == "sent":
            outcome = self.run(self.town.delete_sent(n, who, ids))
            for item in items:
                self.truth.note_taken_out(item["content"], outcome)
            return
        outcome = self.run(self.town.mark(n, who, kind, ids, FIELDS[state]))
        note(f"{who} marks {[item['content'] for item in items]} {state}: {outcome}")
        for item in items:
            self.truth.note_state(who, item["content"], state, outcome)

    # Processes

    @rule(seconds=MOMENTS)
    def wait(self, seconds: float) -> None:
        self.town.time.move(seconds)

    @precondition(lambda self: self.is_skewed)
    @rule(n=HOUSES, skew_s=st.sampled_from([-2.0, -0.5, 0.0, 0.5, 2.0]))
    def set_clock(self, n: int, skew_s: float) -> None:
        self.town.walls[n].skew_s = skew_s

    @rule(n=HOUSES, what=st.sampled_from(["look", "look", "settle", "run_jobs", "ping", "count"]))
    def go_on(self, n: int, what: str) -> None:
        """What a process does by itself."""
        self.run(getattr(self.town, what)(n))

    @rule(n=HOUSES, envelopes=st.integers(1, 4))
    def lose(self, n: int, envelopes: int) -> None:
        self.town.houses[n].link.losing = envelopes

    # Devices

    @rule(which=st.integers(0, 3), what=st.sampled_from(["cut", "stall", "flow"]))
    def disturb(self, which: int, what: str) -> None:
        self.run(self._disturb(self.town.screens[which], what))

    async def _disturb(self, screen: Screen, what: str) -> None:
        if what == "cut":
            screen.cut()
        elif what == "stall":
            screen.wire.is_stalled = True
        else:
            screen.wire.flow()
        await self.town.quiet()

    @rule(which=st.integers(0, 3), n=HOUSES, away_s=MOMENTS)
    def come_back(self, which: int, n: int, away_s: float) -> None:
        self.town.time.move(away_s)
        screen = self.town.screens[which]
        if screen.is_away:
            house = self.town.houses[n]
            note(f"device {which}: {self.run(self.town.ask(n, screen.connect(house)))}")

    @rule(n=HOUSES, limit=st.sampled_from([1, 2, 100]), away_s=MOMENTS)
    def poll(self, n: int, limit: int, away_s: float) -> None:
        self.town.time.move(away_s)
        self.run(self.town.poll(n, self.town.poller, limit))

    # The end

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.run(self._come_to_rest())
                self.run(self._check())
        finally:
            if hasattr(self, "town"):
                self.loop.run_until_complete(self.town.end())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    async def _come_to_rest(self) -> None:
        """Nothing fails any more, all that is due is done, and every device is there."""
        town = self.town
        for house in town.houses:
            house.fate.what, house.link.losing = "", 0
        await town.take_over_jobs(0)
        for _ in range(4):
            for n in range(2):
                await town.run_jobs(n)
                await town.look(n)
                await town.settle(n)
            town.time.move(4.0)
        for n, screen in enumerate(town.screens):
            screen.wire.flow()
            if screen.is_away:
                await screen.connect(town.houses[n % 2])
        await town.quiet()
        for n in range(2):
            await town.look(n)
            await town.count(n)
            await town.poll(n, town.poller, 3)
        town.time.move(11.0)
        await town.poll(0, town.latecomer, 1)

    async def _check(self) -> None:
        town = self.town
        lists = {name: await town.lists(0, name) for name in NAMES}
        assert self.truth.wrong(lists) == []
        readers = [*(screen.reader for screen in town.screens), town.poller, town.latecomer]
        for reader in readers:
            name = reader.who.name
            for kind, items in lists[name].items():
                assert reader.items(kind) == in_order(items), (name, kind)
            assert not reader.conflicts
            assert not reader.stepped_back()
            assert not reader.resets
        for screen in town.screens:
            true = await town.counts(screen.reader.who.name)
            told = {box: screen.reader.unread[box] for box in true}
            assert told == true, screen.reader.who.name


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the clock of this host waits no longer than it must."""
    monkeypatch.setattr(composition, "Passwords", lambda users: Passwords(users, CHEAP))
    monkeypatch.setattr(changes, "KEY_WAIT_S", 0.0)
    monkeypatch.setattr(finishing, "WAITED_S", 0.2)
    monkeypatch.setattr(unread, "COALESCE_S", 0.0)


@pytest.mark.timeout(3_600 if LONG else 240)
@pytest.mark.usefixtures("impatient")
@pytest.mark.expects_log("is left to be finished")
@pytest.mark.expects_log("is left:")
def test_any_interleaving_ends_equal(store_uris: StoreUris) -> None:
    print("seed", SEED)
    Interleaving.uris = store_uris
    run_state_machine_as_test(
        seed(SEED)(Interleaving),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
