"""GET /live/trace/<id>: a message's whole way, and who knows what of it."""

from typing import Any

import pytest

from domain.accounts import User
from services.steps import MOST_RECORDS, Steps
from tests.conftest import StoreUris, settings_for
from tests.handlers.inbox_calls import NOT_FOUND, Inbox
from tests.handlers.test_receipts import QUICK, device, settled
from tests.sites import Person, Site, until


async def trace(site: Site, who: Person, item_id: Any, query: str = "") -> Any:
    answer = await site.request("GET", f"/live/trace/{item_id}{query}", who)
    assert answer.status == 200, answer
    return answer.json


def steps(told: Any) -> dict[str, str | None]:
    return {one["step"]: one["known_by"] for one in told["steps"]}


@pytest.mark.expects_log("lost the link")  # a machine that is busy enough loses it
@pytest.mark.gen_test(timeout=60)
async def test_one_process_knows_its_own_steps_another_the_database(
    store_uris: StoreUris, database_name: str
) -> None:
    settings = settings_for(database_name, **QUICK)
    async with Site(settings, store_uris) as first, Site(settings, store_uris) as second:
        admin, (alice, bob) = await first.admin(), await first.people("alice", "bob")
        here, there = await device(first, bob, "here"), await device(second, bob, "there")
        answer = await first.send(alice, "x", bob)
        for one in (here, there):
            await one.change("message")
        message = answer.headers["Carillon-Id"]
        asking = await _user(first, admin)
        sent = await first.app.receipts.find(asking, "message", int(message))
        await until(lambda: "published" in first.app.changes.steps.of(sent.record))
        told = await trace(first, admin, message)
        process = first.carillon.process
        own = ("committed", "effects", "told", "published")
        assert steps(told) == {"accepted": "database", **dict.fromkeys(own, process)}
        moments = [one["on"] for one in told["steps"]]
        assert moments[:4] == sorted(moments[:4])
        assert (told["process"], told["record"]["process"]) == (process, process)
        assert _pushed(told) == ["here"]
        other = await trace(second, admin, message)
        assert steps(other)["told"] == second.carillon.process
        assert [steps(other)[one] for one in ("committed", "effects", "published")] == [None] * 3
        assert other["record"] is None or other["record"]["process"] == process
        assert _pushed(other) == ["there"]
        await settled(first)
        await first.app.live.marks.write()
        (receipt,) = (await trace(second, admin, message))["receipts"]
        assert {d["device"] for d in receipt["devices"] if d["is_pushed"]} == {"here"}
        for one in (here, there):
            await one.close()


async def _user(site: Site, who: Person) -> User:
    return await site.app.identities.user(who.id)


def _pushed(told: Any) -> list[str]:
    (receipt,) = told["receipts"]
    return [one["device"] for one in receipt["pushed_here"]]


@pytest.mark.gen_test(timeout=30)
async def test_who_may_ask_and_for_what(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    message = (await site.send(alice, "x", bob)).headers["Carillon-Id"]
    for who, status in ((alice, 403), (bob, 403), (None, 401)):
        assert (await site.request("GET", f"/live/trace/{message}", who)).status == status
    for wrong in (0, 10**30, 999):
        answer = await site.request("GET", f"/live/trace/{wrong}", admin)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    for query in ("?kind=x", "?cursor=-1", "?limit=0"):
        assert (await site.request("GET", f"/live/trace/{message}{query}", admin)).status == 400
    notices = Inbox(site, "notice")
    one = await notices.sent(admin, "x", bob)
    everyone = await notices.send(admin, {"content": "y", "audience": "everyone"})
    told = await trace(site, admin, one.headers["Carillon-Id"], "?kind=notice")
    assert [r["recipient"]["username"] for r in told["receipts"]] == ["bob"]
    told = await trace(site, admin, everyone.headers["Carillon-Id"], "?kind=notice")
    assert told["counts"] == {"members": 3, "pushed": 0, "acknowledged": 0, "read": 0}


@pytest.mark.gen_test(timeout=30)
async def test_after_the_record_is_gone_the_copies_still_tell(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    message = (await site.send(alice, "x", bob)).headers["Carillon-Id"]
    await site.app.changes.settle()
    await site.carillon.database.collection("live_records").delete({})
    told = await trace(site, admin, message)
    assert told["record"] is None
    assert told["receipts"][0]["is_stored"]


def test_the_log_of_steps_is_bounded_and_the_first_time_stands() -> None:
    now = iter(range(10 * MOST_RECORDS))
    clock: Any = type("Now", (), {"now": lambda _: next(now)})()
    log = Steps(clock)
    for n in range(MOST_RECORDS + 3):
        log.note(f"r{n}", "told")
        log.note(f"r{n}", "told")
    assert (log.of("r0"), log.of("r2")) == ({}, {})
    assert log.of("r3") == {"told": 6}
