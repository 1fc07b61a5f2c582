"""Reading from an end of a long range: what comes, in which order, and of how much at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from domain.clock import DAY, HOUR, MINUTE
from models.database import Collection, Database, Index
from models.stretches import following, newest

NOW = 1_800_000_000_000_000
AGES = (0, MINUTE, HOUR, HOUR + 1, 5 * HOUR, 3 * DAY, 40 * DAY, 400 * DAY, 4_000 * DAY)


@asynccontextmanager
async def kept(uri: str, documents: list[dict[str, Any]]) -> AsyncIterator[Collection]:
    database = Database(uri, f"t{uuid4().hex[:16]}")
    rows = database.collection("rows")
    await rows.ensure_indexes([Index((("at", 1),))])
    await rows.insert_missing(documents)
    yield rows
    await database.drop()
    database.close()


@pytest.mark.gen_test
async def test_the_newest_come_first_and_once(mongodb_uri: str) -> None:
    documents = [{"_id": n, "at": NOW - age, "x": n} for n, age in enumerate(AGES)]
    async with kept(mongodb_uri, documents) as rows:

        async def ids(since: int, before: int, most: int) -> list[int]:
            found = await newest(rows, "at", (since, before), most)
            return [one["_id"] for one in found]

        whole = list(range(len(AGES)))
        for most in range(1, len(AGES) + 2):
            assert await ids(0, NOW + 1, most) == whole[:most]
        assert await ids(0, NOW, 100) == whole[1:], "what is before it alone"
        assert await ids(NOW - 3 * DAY, NOW + 1, 100) == whole[:6], "what is since then, too"
        assert await ids(NOW, NOW, 100) == []
        assert await ids(NOW, NOW + 1, 100) == [0]
        found = await newest(rows, "_id", (-5, 9), 4, first=1)
        assert [one["_id"] for one in found] == [8, 7, 6, 5]
        (one,) = await newest(rows, "at", (0, NOW), 1, projection=["at"])
        assert one == {"_id": 1, "at": NOW - MINUTE}


@pytest.mark.gen_test
async def test_those_that_follow_come_by_their_ids(mongodb_uri: str) -> None:
    numbers = [1, 2, 5, 40, 41, 3_000, 2**40]
    documents = [{"_id": n, "at": n, "is_even": n % 2 == 0} for n in numbers]
    async with kept(mongodb_uri, documents) as rows:

        async def ids(after: int, most: int, **wanted: Any) -> list[int]:
            return [one["_id"] for one in await following(rows, after, most, wanted=wanted)]

        for after in (0, 1, 4, 41, 2**40 - 1):
            for most in (1, 2, 100):
                assert await ids(after, most) == [n for n in numbers if n > after][:most]
        assert await ids(0, 2, is_even=True) == [2, 40]
        assert await ids(2**40, 5) == []
