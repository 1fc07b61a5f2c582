"""Reads that are asked for together come with one query, and each is read after it was asked."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from models.asking import MOST_KEYS, Asker


class Store:
    """A store that answers when it is let, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.rows: dict[int, str] = {}
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def find(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        self.asked.append(list(ids))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [{"_id": one, "is": self.rows[one]} for one in ids if one in self.rows]


@pytest.mark.gen_test
async def test_what_is_asked_meanwhile_comes_together(io_loop: object) -> None:
    store = Store()
    asker = Asker(store.find)
    store.rows = {1: "a", 2: "b"}
    first = asyncio.create_task(asker.get(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(asker.get(one)) for one in (2, 3, 2, 1)]
    await asyncio.sleep(0)
    store.rows[1] = "later"
    store.gate.set()
    assert (await first) == {"_id": 1, "is": "later"}
    found = await asyncio.gather(*others)
    assert [None if one is None else one["is"] for one in found] == ["b", None, "b", "later"]
    assert store.asked == [[1], [1, 2, 3]]


@pytest.mark.gen_test
async def test_a_failure_is_each_caller_s_and_the_next_query_works(io_loop: object) -> None:
    store = Store()
    asker = Asker(store.find)
    store.gate.set()
    store.error = ValueError("away")
    found = await asyncio.gather(asker.get(1), asker.get(2), return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, ValueError]
    store.error = None
    assert await asker.get(1) is None


@pytest.mark.gen_test
async def test_a_query_is_bounded_and_who_gives_up_harms_nobody(io_loop: object) -> None:
    store = Store()
    asker = Asker(store.find)
    asking = [asyncio.create_task(asker.get(n)) for n in range(MOST_KEYS + 1)]
    await asyncio.sleep(0)
    asking[0].cancel()
    store.gate.set()
    await asyncio.gather(*asking, return_exceptions=True)
    assert max(map(len, store.asked)) <= MOST_KEYS
    assert sum(map(len, store.asked)) == MOST_KEYS + 1


@pytest.mark.gen_test
async def test_a_crowd_waits_for_others_and_who_is_alone_does_not(io_loop: object) -> None:
    store = Store()
    store.gate.set()
    asker = Asker(store.find, linger_s=30.0)
    await asyncio.wait_for(asker.get(1), 5)
    first = [asyncio.create_task(asker.get(n)) for n in range(MOST_KEYS)]
    await asyncio.wait_for(asyncio.gather(*first), 5)
    asker = Asker(store.find, linger_s=0.2)
    store.asked, store.gate = [], asyncio.Event()
    crowd = [asyncio.create_task(asker.get(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    crowd += [asyncio.create_task(asker.get(n)) for n in (2, 3, 4)]
    store.gate.set()
    await crowd[0]
    crowd.append(asyncio.create_task(asker.get(5)))
    await asyncio.gather(*crowd)
    assert store.asked == [[1], [2, 3, 4, 5]]
