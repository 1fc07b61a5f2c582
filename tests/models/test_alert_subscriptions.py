"""Subscribers and subscriptions in the database: what their indexes state, pages, ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from models.alert_subscribers import AlertSubscribers, new_subscriber
from models.alert_subscriptions import AlertSubscriptions
from models.database import Database, Duplicate


@dataclass(frozen=True)
class Kept:
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions


@asynccontextmanager
async def kept(uri: str) -> AsyncIterator[Kept]:
    database = Database(uri, f"t{uuid4().hex[:16]}")
    made = Kept(AlertSubscribers(database), AlertSubscriptions(database))
    for one in (made.subscribers, made.subscriptions):
        await one.ensure_indexes()
        await one.ensure_indexes()
    yield made
    await database.drop()
    database.close()


def _row(subscriber: int, alert_list: int, at: int, frequency: str = "daily") -> dict[str, Any]:
    return {
        "_id": f"{subscriber}-{alert_list}-{at}",
        "subscriber": subscriber,
        "list": alert_list,
        "frequency": frequency,
        "source": "user_signed_up",
        "active": True,
        "ended_at": None,
        "ended_reason": None,
        "ended_email_id": None,
        "signon_user_uid": None,
        "created_at": at,
        "updated_at": at,
    }


@pytest.mark.gen_test
async def test_an_address_is_one_subscriber_s(mongodb_uri: str) -> None:
    async with kept(mongodb_uri) as stores:
        people = stores.subscribers
        await people.add(new_subscriber(1, "Foo@Bar.com", None, 10))
        await people.add(new_subscriber(2, "baz@bar.com", "7", 11))
        with pytest.raises(Duplicate):
            await people.add(new_subscriber(3, "foo@bar.COM", None, 12))
        with pytest.raises(Duplicate):
            await people.set_address(2, "FOO@bar.com", 13)
        found = await people.by_address("foo@BAR.com")
        assert found == new_subscriber(1, "Foo@Bar.com", None, 10)
        assert await people.set_address(1, "FOO@bar.com", 14)
        assert not await people.set_address(1, "FOO@bar.com", 15)
        await people.link(1, "account", 16)
        await people.link(2, "account", 16)
        assert (await people.by_account("account") or {})["_id"] == 1
        assert await people.by_account("other") is None
        for one in (1, 2):
            assert await people.nullify(one, 17)
            assert not await people.nullify(one, 18)
        forgotten = await people.get(1)
        assert forgotten == {
            **{"_id": 1, "address": None, "govuk_account_id": None, "signon_user_uid": None},
            **{"created_at": 10, "updated_at": 17},
        }
        assert await people.by_address("foo@bar.com") is None
        assert (await people.get_all([1, 2, 3])).keys() == {1, 2}
        assert [one["_id"] for one in await people.made_between(11, 12, 5)] == [2]
        for odd in (0, -1, 2**63, 3):
            assert await people.get(odd) is None


@pytest.mark.gen_test
async def test_one_is_active_on_a_list_and_ended_ones_stay(mongodb_uri: str) -> None:
    async with kept(mongodb_uri) as stores:
        rows = stores.subscriptions
        assert await rows.add([_row(1, 5, 10)]) == 1
        assert await rows.add([_row(1, 5, 11), _row(1, 6, 11), _row(2, 5, 11)]) == 2
        assert await rows.end("1-5-10", "frequency_changed", 20, ended_email_id="e")
        assert not await rows.end("1-5-10", "unsubscribed", 21)
        ended = await rows.get("1-5-10")
        assert ended is not None
        assert "active" not in ended
        told = ("ended_at", "ended_reason", "ended_email_id", "updated_at")
        assert [ended[name] for name in told] == [20, "frequency_changed", "e", 20]
        assert await rows.add([_row(1, 5, 22)]) == 1
        assert await rows.add([_row(1, 5, 10)]) == 0
        assert (await rows.active(1, 5) or {})["_id"] == "1-5-22"
        assert (await rows.latest(1, 5) or {})["_id"] == "1-5-22"
        assert await rows.end_all_of(1, "unsubscribed", 30) == 2
        assert await rows.active_of(1) == []
        assert await rows.active(1, 5) is None
        assert (await rows.latest(1, 5) or {})["_id"] == "1-5-22"
        assert [await rows.has_list(one) for one in (5, 6, 7)] == [True, True, False]
        assert await rows.ended_between(20, 30, 9) == ["1-5-10"]
        assert await rows.remove(["1-5-10", "2-5-11"]) == 1


@pytest.mark.gen_test
async def test_pages_of_lists_and_their_end(mongodb_uri: str) -> None:
    async with kept(mongodb_uri) as stores:
        rows = stores.subscriptions
        often = ("immediately", "daily", "weekly")
        made = [_row(one, at, 100 + at, often[one % 3]) for one in range(1, 41) for at in (5, 6)]
        assert await rows.add(made) == 80
        await rows.end("7-5-105", "unsubscribed", 200)
        page = await rows.of_lists([5], 5, 11)
        assert [one["subscriber"] for one in page] == [6, 8, 9, 10]
        page = await rows.of_lists([5], 0, 41, ["immediately"])
        assert [one["subscriber"] for one in page] == list(range(3, 40, 3))
        both = await rows.of_lists([6, 5, 9], 5, 9, often)
        assert [one["_id"] for one in both] == [
            "6-5-105",
            "6-6-106",
            "7-6-106",
            "8-5-105",
            "8-6-106",
        ]
        assert (await rows.get_all(["7-5-105", "no"])).keys() == {"7-5-105"}
        assert await rows.counts([5, 6, 9]) == {5: 39, 6: 40, 9: 0}
        assert await rows.end_all_of_list(5, "bulk_unsubscribed", 300) == 39
        assert await rows.end_all_of_list(5, "bulk_unsubscribed", 301) == 0
        assert await rows.counts([5, 6]) == {5: 0, 6: 40}
        ended = await rows.get("8-5-105")
        assert ended is not None
        assert (ended["ended_at"], ended["updated_at"]) == (300, 105)
