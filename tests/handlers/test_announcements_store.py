"""What is kept of announcements: claims that were left, effects done again, windows, blocks."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.clock import MINUTE
from domain.records import Key, Lease
from models.records import Records
from services.announcement_kinds import DELETE, SAVE
from services.turns import Turn
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.announcement_calls import BOTH, EN, URL, Caller, caller, code, editor, group
from tests.sites import Site

MISMATCH = (400, "error.user.version_mismatch")


@pytest.mark.gen_test
async def test_a_claim_whose_record_was_never_made_is_taken_over(site: Site) -> None:
    one = await editor(site)
    await one.created(title=EN)
    claims = site.carillon.database.collection("announcements_claims")
    now = site.app.clock.now()
    row: dict[str, Any] = {"_id": "1.2", "by": "a process that died", "of": 1, "at": now}
    await claims.insert(row)
    assert code(await one.changed(1, 2, title=EN)) == MISMATCH
    await claims.update({"_id": "1.2"}, {"$set": {"at": now - MINUTE}})
    assert (await one.changed(1, 2, title=EN)).status == 200
    await claims.update({"_id": "1.2"}, {"$set": {"at": now - MINUTE}})
    assert code(await one.changed(1, 2, title=EN)) == MISMATCH
    await claims.insert({**row, "_id": "ref:r", "at": now - MINUTE, "of": 99})
    assert (await one.changed(1, 3, reference="r")).status == 200
    assert await claims.find({"by": row["by"]}) == []


@pytest.mark.gen_test
async def test_a_reference_claimed_by_several_under_one_key_is_the_winners(site: Site) -> None:
    one = await editor(site)
    claims = site.carillon.database.collection("announcements_claims")
    key = Key(one.person.id, "PUT", URL, "6d1f0c6e-4a3e-4b8e-9f5a-000000000001")
    loser = {"_id": "ref:k", "by": key.record_id, "of": 99, "at": site.app.clock.now()}
    await claims.insert(loser)
    body = [{"message": {"title": EN, "reference": "k"}}]
    answer = await one.ask("PUT", URL, body, {"Idempotency-Key": key.text})
    assert answer.json[0]["message"]["_id"] == 1
    assert [row["of"] for row in await claims.find({"_id": "ref:k"})] == [1]
    assert (await one.changed(1, 2, reference=None)).status == 200
    assert await claims.find({"_id": "ref:k"}) == []


@pytest.mark.gen_test
async def test_effects_that_are_done_again_change_nothing(site: Site) -> None:
    one = await editor(site)
    await one.created(title=EN, reference="r")
    await one.changed(1, 2, title=BOTH, reference="r2")
    await one.ask("DELETE", "/api/v1/message/1")
    kinds = site.app.announcements.kinds()
    records, kept = Records(site.carillon.database), site.carillon.database.collection
    found = await kept("live_records").find({"what": {"$in": [SAVE, DELETE]}})
    assert len(found) == 3
    before = [await kept(name).find({}) for name in ("announcements", "announcements_versions")]
    for record in await records.whole([row["_id"] for row in found]):
        until = site.app.clock.now() + MINUTE  # a turn must not renew it: the record is done
        held = replace(record, lease=Lease(site.carillon.process, until))
        turn = Turn(held, records, site.app.clock, 10_000_000)
        await kinds[record.what].apply(record, turn)
    after = [await kept(name).find({}) for name in ("announcements", "announcements_versions")]
    assert after == before
    assert before[0][0]["deleted"]
    assert (await one.created(reference="r"))["message"]["_id"] == 2


@pytest.mark.gen_test
async def test_batches_that_share_messages_never_both_lose(site: Site) -> None:
    one = await editor(site)
    for _ in range(3):
        await one.created(title=EN)
    for version in range(2, 5):
        batches = [(1, 2), (2, 3), (3, 1), (1, 2, 3)]
        answers = await asyncio.gather(*(_update(one, ids, version) for ids in batches))
        winners = [ids for ids, answer in zip(batches, answers, strict=True) if answer == 200]
        assert winners
        ids = [number for won in winners for number in won]
        assert len(ids) == len(set(ids)), "two changes of one version"
        for number in {1, 2, 3} - set(ids):
            await one.changed(number, version)


async def _update(one: Caller, ids: tuple[int, ...], version: int) -> int:
    elements = [{"message": {"_id": number, "_version": version}} for number in ids]
    return (await one.ask("POST", "/api/v1/message", elements)).status


@pytest.mark.gen_test(timeout=40)
async def test_january_ends_with_its_last_instant(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    settings = settings_for(database_name, CARILLON_ANNOUNCEMENTS_CONFIRMATION_BLOCKS="everything")
    hand_clock.at = _us(2019, 12, 31, 23, 59)
    async with Site(settings, store_uris, wall=hand_clock) as site:
        one = await editor(site)
        ours = await group(site, 5, "ours")
        reader = await caller(site, "reader", language="de-AT", groups=(ours,))
        month = {"value": "2020-01"}
        await one.created(title=BOTH, groups=[ours], start_time=month, end_time=month)
        token = {"Authorization": f"Token {reader.person.token}"}

        async def sees() -> tuple[int, int]:
            status = (await site.request("GET", "/messages/", headers=token)).status
            return len(await reader.pending()), status

        assert await sees() == (0, 200)
        hand_clock.at = _us(2020, 1, 1)
        assert await sees() == (1, 403)
        blocked = await site.request("GET", "/api/v1/schedule/", headers=token)
        assert blocked.status == 403
        for path in ("/inbox/items/", "/live/changes"):
            assert (await site.request("GET", path, headers=token)).status == 200
        await (await site.socket(reader.person)).close()
        assert (await reader.pending())[0]["message"]["title"] == "Hallo"
        assert (await reader.pending("en-US"))[0]["message"]["title"] == "Hello"
        hand_clock.at = _us(2020, 1, 31, 23, 59, 59)
        assert await sees() == (1, 403)
        hand_clock.at = _us(2020, 2, 1)
        assert await sees() == (0, 200)


def _us(*parts: Any) -> int:
    moment = datetime(*parts).replace(tzinfo=UTC)  # noqa: DTZ001
    return int(moment.timestamp()) * 1_000_000
