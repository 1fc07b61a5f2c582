"""Scheduled sends: made, seen, edited, cancelled, and what leaves in the end."""

from datetime import datetime
from typing import Any

import pytest

from domain.clock import MINUTE
from domain.cursors import Cursor
from domain.instants import to_text
from tests.conftest import RunningClock
from tests.handlers.inbox_calls import MESSAGE, NOT_FOUND, NOTICE, Inbox
from tests.handlers.scheduled_calls import (
    all_left,
    contents,
    got,
    in_seconds,
    later,
    only_so_many_wait,
    patched,
)
from tests.sites import Site

PLAN = {
    "sends": "message",
    "audience": None,
    "send_at_local": None,
    "time_zone": None,
    "reason": None,
    "schedule": None,
    "expires_at": None,
    "state": "waiting",
    "error": None,
    "left_on": None,
}


@pytest.mark.gen_test(timeout=40)
async def test_it_leaves_at_its_time_and_its_sender_s_devices_are_told(
    site: Site, running_clock: RunningClock
) -> None:
    alice, bob = await site.people("alice", "bob")
    hers, his = await site.socket(alice), await site.socket(bob)
    at = site.app.clock.wall() + MINUTE
    path = await later(site, alice, send_at=to_text(at), recipient_ids=[bob.id])
    shown = {
        "id": int(path.split("/")[2]),
        "content": "later",
        "sender": {"id": alice.id, "username": "alice"},
        "recipients": [{"id": bob.id, "username": "bob"}],
        **PLAN,
        "send_at": to_text(at),
    }
    assert await got(site, alice, path) == shown
    assert await got(site, alice) == [shown]
    assert await got(site, bob) == []
    frame = await hers.change("scheduled")
    assert (frame["version"], frame["item"]) == (1, shown)
    running_clock.move(60)
    came = await his.change("message")
    assert site.app.clock.wall() >= at
    assert came["item"]["content"] == "later"
    assert datetime.fromisoformat(came["item"]["sent_on"]).timestamp() >= at / 1_000_000
    sent, left = [await hers.change() for _ in range(2)]
    assert (sent["kind"], sent["item"]["content"]) == ("sent", "later")
    assert (left["kind"], left["deleted"], left["item"]) == (
        "scheduled",
        True,
        {"id": shown["id"]},
    )
    assert await got(site, alice) == []
    assert (await site.request("GET", path, alice)).status == 404
    for one in (hers, his):
        await one.close()


@pytest.mark.gen_test(timeout=40)
async def test_a_device_that_was_away_reads_it_in_the_feed(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    hers = await site.socket(alice)
    await hers.close()
    path = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[bob.id])
    gone = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[bob.id])
    assert (await site.request("DELETE", gone, alice)).status == 204
    await patched(site, alice, path, content="edited")
    feed, user = site.app.live.feed, await site.app.identities.user(alice.id)
    page = await feed.read(user, Cursor.decode(hers.cursor), 9)
    shown = [(one.kind, one.version, one.is_deleted, one.content) for one in page.items]
    assert shown == [("scheduled", 2, True, ""), ("scheduled", 2, False, "edited")]
    again = await site.socket(alice, since=hers.cursor)
    versions: dict[int, int] = {}
    while set(versions.values()) != {2}:
        frame = await again.change("scheduled")
        versions[frame["item"]["id"]] = frame["version"]
    assert len(versions) == 2
    await again.close()


@pytest.mark.gen_test(timeout=40)
async def test_an_edited_one_leaves_as_edited_and_a_cancelled_one_never(
    site: Site, running_clock: RunningClock
) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    at = in_seconds(site, 60)
    edited = await later(site, alice, send_at=at, recipient_ids=[bob.id])
    cancelled = await later(site, alice, send_at=at, recipient_ids=[bob.id])
    moved = await later(site, alice, send_at=at, recipient_ids=[bob.id], content="moved")
    sooner = await later(site, alice, send_at=in_seconds(site, 9999), recipient_ids=[bob.id])
    answer = await patched(site, alice, edited, content="edited", recipient_ids=[carol.id])
    assert answer.status == 200
    assert answer.json["content"] == "edited"
    assert answer.json["recipients"] == [{"id": carol.id, "username": "carol"}]
    answer = await site.request("DELETE", cancelled, alice)
    assert (answer.status, answer.body) == (204, b"")
    far = in_seconds(site, 9999)
    assert (await patched(site, alice, moved, send_at=far)).json["send_at"] == far
    await patched(site, alice, sooner, send_at=at, content="sooner")
    for verb in ("GET", "DELETE", "PATCH"):
        answer = await site.request(verb, cancelled, alice, body={} if verb == "PATCH" else None)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    running_clock.move(60)
    await only_so_many_wait(site, alice, 1)
    assert [one["content"] for one in await got(site, alice)] == ["moved"]
    assert await contents(site, carol) == ["edited"]
    assert await contents(site, bob) == ["sooner"]


@pytest.mark.gen_test(timeout=40)
async def test_what_has_begun_to_leave_is_sealed(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[bob.id])
    store = site.carillon._stores.scheduled
    number = int(path.split("/")[2])
    assert await store.seal(number, 1, "elsewhere")
    sealed = {"detail": "It is leaving, or has left."}
    for verb, body in (("DELETE", None), ("PATCH", {"content": "too late"})):
        answer = await site.request(verb, path, alice, body=body)
        assert (answer.status, answer.json) == (409, sealed)
    assert (await got(site, alice, path))["content"] == "later"
    assert (await patched(site, alice, path)).status == 200, "nothing is asked for"


@pytest.mark.gen_test(timeout=40)
async def test_others_do_not_see_it_and_administrators_do(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    path = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[bob.id])
    for verb in ("GET", "DELETE", "PATCH"):
        answer = await site.request(verb, path, bob, body={} if verb == "PATCH" else None)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
        assert (await site.request(verb, path)).status == 403
    assert [one["sender"]["username"] for one in await got(site, admin)] == ["alice"]
    hers = await site.socket(alice)
    assert (await patched(site, admin, path, content="by admin")).status == 200
    assert (await hers.change("scheduled"))["item"]["content"] == "by admin"
    assert (await site.request("DELETE", path, admin)).status == 204
    assert (await hers.change("scheduled"))["deleted"] is True
    await hers.close()


@pytest.mark.gen_test(timeout=40)
async def test_the_list_has_a_limit_and_windows(site: Site) -> None:
    (alice,) = await site.people("alice")
    times = [in_seconds(site, seconds) for seconds in (900, 300, 600)]
    for at in times:
        await later(site, alice, send_at=at, recipient_ids=[alice.id])
    soonest = sorted(times)

    async def listed(query: str) -> list[str]:
        return [one["send_at"] for one in await got(site, alice, f"/scheduled/?{query}")]

    assert await listed("") == soonest
    assert await listed("limit=2") == soonest[:2]
    assert await listed(f"since={soonest[1]}") == soonest[1:]
    assert await listed(f"until={soonest[1]}") == soonest[:2]
    assert await listed(f"since={soonest[1]}&until={soonest[1]}&limit=9999") == [soonest[1]]
    for query, field in (("limit=0", "limit"), ("since=soon", "since"), ("until=x", "until")):
        answer = await site.request("GET", f"/scheduled/?{query}", alice)
        assert (answer.status, list(answer.json)) == (400, [field])


@pytest.mark.gen_test(timeout=40)
@pytest.mark.parametrize("environ", [{"CARILLON_INBOX_SCHEDULED_PER_USER": "2"}], ids=[""])
async def test_one_has_only_so_many_at_once(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    body: dict[str, Any] = {"recipient_ids": [bob.id], "send_at": in_seconds(site, 900)}
    first, _ = [await later(site, alice, **body) for _ in range(2)]
    answer = await Inbox(site, MESSAGE).send(alice, {"content": "later", **body})
    words = "You have 2 sends that are to leave later, and no more are possible."
    assert (answer.status, answer.json) == (400, {"non_field_errors": [words]})
    assert len(await got(site, alice)) == 2
    await later(site, bob, **body | {"recipient_ids": [alice.id]})
    await site.request("DELETE", first, alice)
    await later(site, alice, **body)


@pytest.mark.gen_test(timeout=40)
async def test_a_key_makes_one(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    body = {"content": "once", "send_at": in_seconds(site, 3600), "recipient_ids": [bob.id]}
    inbox = Inbox(site, MESSAGE)
    first = await inbox.send(alice, body, **{"Idempotency-Key": "k"})
    again = await inbox.send(alice, body, **{"Idempotency-Key": "k"})
    assert (again.status, again.json) == (202, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    other = await inbox.send(alice, {**body, "content": "two"}, **{"Idempotency-Key": "k"})
    assert other.status == 422
    assert len(await got(site, alice)) == 1


@pytest.mark.gen_test(timeout=40)
async def test_one_may_remind_oneself(site: Site, running_clock: RunningClock) -> None:
    alice, _ = await site.people("alice", "bob")
    now = await Inbox(site, MESSAGE).send(alice, {"content": "x", "recipient_ids": [alice.id]})
    assert now.status == 400
    path = await later(site, alice, send_at=in_seconds(site, 60), recipient_ids=[alice.id])
    assert (await patched(site, alice, path, content="tea")).status == 200
    running_clock.move(60)
    await all_left(site, alice)
    assert await contents(site, alice) == ["tea"]


@pytest.mark.gen_test(timeout=40)
async def test_a_notice_may_be_for_an_audience_and_expire(
    site: Site, running_clock: RunningClock
) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    refused = await Inbox(site, NOTICE).send(
        alice, {"content": "x", "audience": "everyone", "send_at": in_seconds(site, 9)}
    )
    assert refused.status == 403
    at, end = in_seconds(site, 60), in_seconds(site, 3600)
    path = await later(site, admin, NOTICE, audience="everyone", send_at=at, expires_at=end)
    shown = await got(site, admin, path)
    assert (shown["sends"], shown["audience"], shown["recipients"], shown["expires_at"]) == (
        "notice",
        "everyone",
        None,
        end,
    )
    answer = await patched(site, admin, path, recipient_ids=[bob.id])
    assert (answer.json["audience"], [one["id"] for one in answer.json["recipients"]]) == (
        None,
        [bob.id],
    )
    assert (await patched(site, admin, path, audience="everyone")).json["recipients"] is None
    assert (await patched(site, admin, path, expires_at=None)).json["expires_at"] is None
    running_clock.move(60)
    await all_left(site, admin)
    assert await contents(site, alice, NOTICE) == ["later"]
    assert await contents(site, bob, NOTICE) == ["later"]


@pytest.mark.gen_test(timeout=40)
async def test_what_cannot_leave_says_why_and_can_be_mended(
    site: Site, running_clock: RunningClock
) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    gone = await site.person("gone")
    hers = await site.socket(alice)
    path = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[gone.id])
    await hers.change("scheduled")
    await site.app.accounts.delete(gone.id)
    answer = await patched(site, alice, path, send_at=in_seconds(site, 60))
    assert answer.status == 200, answer
    await hers.change("scheduled")
    running_clock.move(60)
    failed = await hers.change("scheduled")
    assert (failed["version"], failed["item"]["state"]) == (3, "failed")
    assert failed["item"]["error"] == "None of its recipients has an account any more."
    answer = await patched(
        site, alice, path, send_at=in_seconds(site, 60), recipient_ids=[bob.id, admin.id]
    )
    assert (answer.json["state"], answer.json["error"]) == ("waiting", None)
    running_clock.move(60)
    await all_left(site, alice)
    assert await contents(site, bob) == ["later"]
    await hers.close()


@pytest.mark.gen_test(timeout=40)
async def test_a_deleted_account_s_sends_never_leave(
    site: Site, running_clock: RunningClock
) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    await later(site, alice, send_at=in_seconds(site, 60), recipient_ids=[bob.id])
    await later(site, bob, send_at=in_seconds(site, 61), recipient_ids=[bob.id], content="after it")
    await site.app.accounts.delete(alice.id)
    running_clock.move(61)
    await all_left(site, admin)
    assert await contents(site, bob) == ["after it"]
