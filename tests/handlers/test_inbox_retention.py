"""`inbox.retention_days`: what is older leaves every box as a delete, live and for good."""

import pytest

from domain.clock import DAY
from models.users import NewUser
from services import retention
from services.retention import RETIRE
from tests.conftest import StoreUris, settings_for
from tests.sites import Site

START = 1_800_000_000_000_000


@pytest.mark.gen_test(timeout=30)
async def test_what_is_older_leaves_and_the_rest_stays(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [START]
    settings = settings_for(database_name, CARILLON_INBOX_RETENTION_DAYS="30")
    monkeypatch.setattr(retention, "ITEMS_AT_ONCE", 2)
    async with Site(settings, store_uris, wall=lambda: now[0]) as site:
        ann, bob = await site.people("ann", "bob")
        root = await site.admin()
        await site.app.accounts.add(NewUser("gone", is_active=False))
        for n in range(3):
            await site.send(ann, f"old {n}", bob)
        everyone = {"content": "old to all", "audience": "everyone"}
        assert (await site.request("POST", "/notices/send/", root, body=everyone)).status == 201
        now[0] += 31 * DAY
        await site.send(ann, "new", bob)
        socket = await site.socket(bob)
        assert await site.app.inbox.retention.begin_day()
        assert not await site.app.inbox.retention.begin_day()
        assert await site.app.later.wait(RETIRE, 10)
        for path, who in (("/messages/", bob), ("/messages/sent/", ann)):
            left = (await site.request("GET", path, who)).json
            assert [one["content"] for one in left] == ["new"]
        assert (await site.request("GET", "/notices/", bob)).json == []
        gone = [await socket.change() for _ in range(4)]
        assert all(frame["deleted"] for frame in gone)
        kept = str(await site.carillon.database.collection("inbox_deliveries").find({}))
        assert "old" not in kept
        await socket.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_run_that_takes_long_goes_on_in_another(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [START]
    settings = settings_for(database_name, CARILLON_INBOX_RETENTION_DAYS="1")
    monkeypatch.setattr(retention, "RUN_S", 0.0)
    async with Site(settings, store_uris, wall=lambda: now[0]) as site:
        ann, bob = await site.people("ann", "bob")
        await site.send(ann, "old", bob)
        await site.send(bob, "old", ann)
        now[0] += 2 * DAY
        await site.app.inbox.retention.begin_day()
        deliveries = site.carillon.database.collection("inbox_deliveries")
        jobs = site.carillon.database.collection("jobs")
        assert await site.app.later.wait(RETIRE, 10)
        assert [one["deleted"] for one in await deliveries.find({})] == [True, True]
        today = f"{RETIRE}:{now[0] // DAY}"  # the loop has added a job for the first day
        keys = {one["_id"] for one in await jobs.find({"kind": RETIRE})}
        assert {today, f"{today}:1", f"{today}:2"} <= keys


@pytest.mark.gen_test
async def test_without_a_setting_everything_stays(site: Site) -> None:
    assert not await site.app.inbox.retention.begin_day()
