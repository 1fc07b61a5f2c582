"""High marks are written seldom, together, and never backwards, whatever processes do."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from domain.accounts import Identity, User
from domain.audiences import Audience, Member
from domain.cursors import Cursor, Place
from domain.devices import Marks
from domain.errors import Unavailable
from domain.events import Event, Part
from domain.roster import POLL, Caller
from models.devices import Devices, Key
from push.connection import LIVE, Connection
from push.hub import Hub
from push.ring import Ring
from services.marks import AT_ONCE, DeviceMarks
from tests.push.parts import Paper
from tests.services.houses import House

NEW = Member(0, ())


class Written:
    """A repository that remembers each write; ``is_away`` lets it fail."""

    def __init__(self) -> None:
        self.writes: list[dict[Key, Marks]] = []
        self.is_away = False
        self.refused: set[Key] = set()

    async def raise_marks(self, marks: dict[Key, Marks], now: int) -> set[Key]:
        if self.is_away:
            raise Unavailable
        self.writes.append(dict(marks))
        return self.refused & set(marks)


@dataclass
class Process:
    """One process's marks over a hub, whose cursors stand at ``settled``."""

    settled: int = 0

    def __post_init__(self) -> None:
        self.hub, self.store = Hub(Ring(2**20), lambda *_: None), Written()
        clock: Any = type("Now", (), {"now": lambda _: self.settled + 100})()
        store: Any = self.store
        self.marks = DeviceMarks(self.hub, store, clock, caught_up=self.cursor)

    def cursor(self, at: int | None = None) -> Cursor:
        return Cursor("e", Place(self.settled if at is None else at))

    def connect(self, user: int, device: str, state: str = LIVE) -> Connection:
        identity = Identity(User(user, f"u{user}", NEW), "c" * 64)
        made = Connection(identity, Paper(), most_unsent_bytes=1_000, device=device)
        self.hub.add(made)
        made.state = state
        return made

    def tell(self, revision: int, *users: int) -> None:
        to = users or Audience()
        self.marks.hear(Event(f"r{revision}", revision, (Part(to, b"{}"),)))

    async def written(self) -> dict[Key, Marks]:
        """What one step writes."""
        before = len(self.store.writes)
        await self.marks.write()
        return self.store.writes[-1] if len(self.store.writes) > before else {}


@pytest.mark.gen_test
async def test_nothing_is_written_before_cursors_have_passed_it_and_then_once() -> None:
    process = Process()
    process.connect(1, "phone")
    process.tell(50, 1)
    assert await process.written() == {}
    process.settled = 60
    assert await process.written() == {(1, "phone"): Marks(60, 0)}
    process.settled = 70
    assert await process.written() == {}


@pytest.mark.gen_test
async def test_who_reads_or_lags_is_marked_when_he_caught_up() -> None:
    process = Process()
    reading, lagging = process.connect(1, "a", "reading"), process.connect(2, "b")
    lagging.transport.unsent_bytes = 5_000  # type: ignore[misc]
    process.tell(50, 1, 2)
    process.settled = 60
    assert await process.written() == {}
    reading.state = LIVE
    lagging.transport.unsent_bytes = 0  # type: ignore[misc]
    assert await process.written() == {(1, "a"): Marks(60, 0), (2, "b"): Marks(60, 0)}


@pytest.mark.gen_test
async def test_an_event_for_all_is_a_bounded_number_of_marks_at_a_time() -> None:
    process = Process()
    for user in range(AT_ONCE + 7):
        process.connect(user, "phone")
    process.tell(50)
    process.settled = 60
    pauses = [await process.marks.write(), await process.marks.write()]
    assert [len(one) for one in process.store.writes] == [AT_ONCE, 7]
    assert pauses == [1.0, None]
    assert await process.written() == {}


@pytest.mark.gen_test
async def test_acknowledgements_without_news_are_not_written() -> None:
    process = Process()
    phone = process.connect(1, "phone")
    process.settled = 60
    process.marks.acknowledge(phone, process.cursor())
    assert await process.written() == {}
    process.tell(70, 1)
    process.settled = 80
    for _ in range(3):
        process.marks.acknowledge(phone, process.cursor(75))
    assert await process.written() == {(1, "phone"): Marks(75, 75)}
    process.marks.acknowledge(phone, process.cursor(80))
    assert await process.written() == {}


@pytest.mark.gen_test
async def test_they_never_step_back_and_never_pass_what_was_told() -> None:
    process = Process(settled=60)
    phone = process.connect(1, "phone")
    process.tell(58, 1)
    for at in (55, 40, 99):
        process.marks.acknowledge(phone, process.cursor(at))
    assert await process.written() == {(1, "phone"): Marks(60, 60)}


@pytest.mark.gen_test
async def test_what_could_not_be_written_is_written_later() -> None:
    process = Process(settled=60)
    process.connect(1, "phone")
    process.tell(50, 1)
    process.store.is_away = True
    with pytest.raises(Unavailable):
        await process.marks.write()
    process.store.is_away, process.store.refused = False, {(1, "phone")}
    assert await process.written() == {(1, "phone"): Marks(60, 0)}
    process.store.refused = set()
    assert await process.written() == {(1, "phone"): Marks(60, 0)}
    assert await process.written() == {}


@pytest.mark.gen_test
async def test_no_more_wait_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.marks.MOST_WAITING", 2)
    process = Process(settled=60)
    process.tell(50)
    for user in (1, 2, 3, 2):
        process.marks.acknowledge(process.connect(user, "phone"), process.cursor())
    assert len(process.marks) == 2
    assert (await process.written()).keys() == {(1, "phone"), (2, "phone")}


@pytest.mark.gen_test
async def test_a_poll_says_what_its_device_has_and_says_it_once() -> None:
    process = Process()
    tablet = process.connect(1, "tablet")
    tablet.caller = Caller(POLL)
    process.tell(40, 1)
    process.settled = 60
    assert await process.written() == {}, "nobody knows whether its answer arrived"
    since = replace(process.cursor(50), high=40)
    process.marks.asked_on(tablet, since)
    assert await process.written() == {(1, "tablet"): Marks(50, 50)}
    process.settled = 90
    process.marks.asked_on(tablet, replace(since, base=Place(80)))
    assert await process.written() == {}, "nothing was handed out since"


@pytest.mark.gen_test
async def test_who_is_gone_costs_nothing() -> None:
    process = Process(settled=60)
    phone = process.connect(1, "phone")
    process.tell(50, 1, 2)
    assert await process.written() == {(1, "phone"): Marks(60, 0)}
    process.tell(70, 1)
    process.hub.remove(phone)
    process.settled = 80
    assert await process.written() == {}
    assert not any((process.marks._news, process.marks._untold, process.marks._written))


@pytest.mark.gen_test(timeout=20)
async def test_in_the_database_they_only_rise_also_when_two_write_at_once(house: House) -> None:
    devices = house.stores.devices
    key = (7, "phone")
    for marks in (Marks(50, 20), Marks(40, 30), Marks(10, 10)):
        await devices.raise_marks({key: marks}, 1_000 + marks.pushed)
    ((device,),) = (await devices.of([7])).values()
    assert device.marks == Marks(50, 30)
    assert (device.pushed_at, device.acknowledged_at) == (1_050, 1_050)
    await asyncio.gather(
        *(_raise(devices, {(8, f"{n}"): Marks(n) for n in range(20)}) for _ in range(4))
    )
    of_eight = (await devices.of([8]))[8]
    assert {one.name: one.marks.pushed for one in of_eight} == {f"{n}": n for n in range(20)}
    assert [one.user for one in await devices.pushed_since(50)] == [7]


async def _raise(devices: Devices, marks: dict[Key, Marks]) -> None:
    while marks:
        refused = await devices.raise_marks(marks, 1)
        marks = {key: marks[key] for key in refused}
