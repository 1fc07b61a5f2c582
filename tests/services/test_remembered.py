"""What is remembered is never older than it may be, and never from before it was forgotten."""

import asyncio

import pytest

from domain.events import Event, Signal
from services.names import MOST_REMEMBERED, KnownNames
from services.remembered import Remembered


class Store:
    """Something that is read slowly, when it is let go on."""

    def __init__(self) -> None:
        self.value, self.reads, self.now_s = 0, 0, 100.0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.people: dict[int, str] = {1: "alice", 2: "bob"}

    async def read(self) -> int:
        self.reads += 1
        value = self.value
        await self.may_go_on.wait()
        return value

    async def names(self, ids: set[int]) -> dict[int, str]:
        self.reads += 1
        found = {one: self.people[one] for one in ids if one in self.people}
        await self.may_go_on.wait()
        return found

    def monotonic(self) -> float:
        return self.now_s


@pytest.mark.gen_test
async def test_it_is_read_once_for_all_who_ask_meanwhile_and_again_after_a_while() -> None:
    store = Store()
    known = Remembered(store.read, store.monotonic, 2.0)
    assert await asyncio.gather(*(known.get() for _ in range(5))) == [0] * 5
    store.value, store.now_s = 1, 101.9
    assert (await known.get(), store.reads) == (0, 1)
    store.now_s = 102.0
    assert (await known.get(), store.reads) == (1, 2)


@pytest.mark.gen_test
async def test_what_was_being_read_when_it_was_forgotten_is_told_to_nobody_who_asks_later() -> None:
    store = Store()
    known = Remembered(store.read, store.monotonic, 2.0)
    store.may_go_on.clear()
    early = asyncio.create_task(known.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    store.value = 1
    known.forget()
    late = asyncio.create_task(known.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    store.may_go_on.set()
    assert (await early, await late, await known.get(), store.reads) == (0, 1, 1, 2)


@pytest.mark.gen_test
async def test_a_failure_is_told_and_not_remembered() -> None:
    store, calls = Store(), []

    async def read() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise LookupError("away")
        return 7

    known = Remembered(read, store.monotonic, 2.0)
    with pytest.raises(LookupError):
        await known.get()
    assert await known.get() == 7


@pytest.mark.gen_test
async def test_names_are_asked_for_once_and_those_who_are_not_there_each_time() -> None:
    store = Store()
    names = KnownNames(store, store.monotonic, 2.0)  # type: ignore[arg-type]
    for reads in (1, 2):
        assert await names.of([1, 2, 3]) == {1: "alice", 2: "bob"}
        assert store.reads == reads
    assert (await names.of([2]), store.reads) == ({2: "bob"}, 2)
    store.people[2], store.now_s = "robert", 103.0
    assert await names.of([2]) == {2: "robert"}


@pytest.mark.gen_test
async def test_those_who_are_asked_about_meanwhile_come_together() -> None:
    store = Store()
    names = KnownNames(store, store.monotonic, 2.0)  # type: ignore[arg-type]
    found = await asyncio.gather(*(names.of([user]) for user in (1, 2, 3)))
    assert (found, store.reads) == ([{1: "alice"}, {2: "bob"}, {}], 1)


@pytest.mark.gen_test
async def test_a_name_that_changed_while_it_was_read_is_read_again() -> None:
    store = Store()
    names = KnownNames(store, store.monotonic, 2.0)  # type: ignore[arg-type]
    store.may_go_on.clear()
    reading = asyncio.create_task(names.of([1]))
    while not store.reads:  # noqa: ASYNC110
        await asyncio.sleep(0)
    store.people[1] = "alicia"
    names.forget(Event("r", 1, signals=(Signal("changed", 1),)))
    store.may_go_on.set()
    assert await reading == {1: "alice"}
    assert await names.of([1]) == {1: "alicia"}


@pytest.mark.gen_test
async def test_no_more_names_are_kept_than_allowed() -> None:
    store = Store()
    names = KnownNames(store, store.monotonic, 2.0)  # type: ignore[arg-type]
    store.people = {n: f"u{n}" for n in range(MOST_REMEMBERED + 900)}
    for start in range(0, len(store.people), 900):
        await names.of(range(start, min(start + 900, len(store.people))))
    assert len(names._known) == MOST_REMEMBERED
