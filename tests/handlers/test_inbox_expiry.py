"""Notices that end: at `expires_at` they leave lists, counts and connected clients."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.items import NOTICE as KIND
from services.inbox import Sending
from tests.conftest import StoreUris, settings_for
from tests.handlers.inbox_calls import NOT_FOUND, NOTICE, Inbox
from tests.sites import Answer, Person, Site, until


def text(us: int) -> str:
    return datetime.fromtimestamp(us / 1_000_000, UTC).isoformat()


async def counted(site: Site, who: Person) -> int:
    return int((await site.request("GET", "/inbox/counts", who)).json["notices"])


def audience(kind: str, *people: Person) -> dict[str, Any]:
    if kind == "named":
        return {"recipient_ids": [one.id for one in people]}
    return {"audience": "everyone"}


both = pytest.mark.parametrize("kind", ["named", "audience"])


@both
@pytest.mark.gen_test(timeout=30)
async def test_it_leaves_as_a_delete(site: Site, kind: str) -> None:
    admin, (alice, bob, carol) = await site.admin(), await site.people("alice", "bob", "carol")
    inbox = Inbox(site, NOTICE)
    await inbox.sent(admin, "stays", alice, bob)
    hers = await site.socket(alice)
    ends = site.app.clock.now() + 700_000
    body = {"content": "ends", "expires_at": text(ends), **audience(kind, alice, bob, carol)}
    assert (await inbox.send(admin, body)).status == 201
    came = await hers.change("notice")
    assert came["item"]["content"] == "ends"
    number = came["item"]["id"]
    (item, _) = (await site.request("GET", "/inbox/items/", alice)).json["items"]
    assert datetime.fromisoformat(item["expires_at"]).timestamp() == ends / 1_000_000
    assert await inbox.contents(bob) == ["ends", "stays"]
    assert await counted(site, alice) == 2
    await inbox.done(bob, "mark-read", "ends")
    await inbox.done(carol, "delete", "ends")
    frames = [await hers.any_frame()]
    while "deleted" not in frames[-1]:
        frames.append(await hers.any_frame())
    gone = frames[-1]
    assert gone["item"] == {"id": number}
    assert gone["version"] > came["version"]
    assert site.app.clock.now() >= ends
    while not any(one["type"] == "unread" and one["notices"] == 1 for one in frames):
        frames.append(await hers.any_frame())
    assert all(one["notices"] in (1, 2) for one in frames if one["type"] == "unread")
    await hers.close()
    for who in (alice, bob):
        assert await inbox.contents(who) == ["stays"]
        assert await inbox.contents(who, "?cursor=") == ["stays"]
        page = (await site.request("GET", "/inbox/items/?q=ends", who)).json
        assert page == {"items": [], "next": None}
        assert await counted(site, who) == 1
        own = (await inbox.ids(who))["stays"] if kind == "audience" else None
        assert own is None or await inbox.change(who, "mark-read", [own]) == (200, None)
    kept = [*await inbox.copies(deleted=True), *await _notices(site)]
    assert kept
    assert all("content" not in one for one in kept)


async def _notices(site: Site) -> list[Any]:
    return await site.carillon.database.collection("inbox_notices").find({})


@both
@pytest.mark.gen_test(timeout=30)
async def test_it_is_gone_at_the_instant_whenever_the_job_comes(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    hour = 3_600_000_000
    body = {"content": "x", "expires_at": text(site.app.clock.now() + hour)}
    assert (await inbox.send(admin, {**body, **audience(kind, bob)})).status == 201
    number = (await inbox.ids(bob))["x"]
    assert await counted(site, bob) == 1
    wall = site.app.clock._wall
    site.app.clock._wall = lambda: wall() + hour
    try:
        assert await inbox.get(bob) == await inbox.get(bob, "?cursor=") == []
        assert (await site.request("GET", "/inbox/items/", bob)).json["items"] == []
        assert await counted(site, bob) == 0
        assert await inbox.ask(bob, f"{number}/") == (404, NOT_FOUND)
        said = {"notice_ids": ["No valid notices."]}
        assert await inbox.change(bob, "mark-read", [number]) == (400, said)
    finally:
        site.app.clock._wall = wall


@both
@pytest.mark.gen_test(timeout=30)
async def test_an_instant_that_is_past_is_refused(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    for when in ("2020-01-01", text(site.app.clock.now()), "0001-01-01T00:00:00Z"):
        body = {"content": "x", "expires_at": when, **audience(kind, bob)}
        answer = await inbox.send(admin, body)
        said = {"expires_at": ["This instant is past."]}
        assert (when, answer.status, answer.json) == (when, 400, said)
    wrong: list[Any] = ["soon", 5, "", "2026-13-01", "9999-12-31T23:59:59-01:00", [], True]
    for value in wrong:
        answer = await inbox.send(admin, {"content": "x", "expires_at": value, **audience(kind)})
        assert (value, answer.status, list(answer.json)[-1]) == (value, 400, "expires_at")
    assert (await inbox.copies(), await _notices(site)) == ([], [])
    body = {"content": "x", "expires_at": None, **audience(kind, bob)}
    assert (await inbox.send(admin, body)).status == 201
    body = {"content": "y", "expires_at": "9999-12-31T23:59:59.999999Z", **audience(kind, bob)}
    assert (await inbox.send(admin, body)).status == 201
    assert await inbox.contents(bob) == ["y", "x"]


@pytest.mark.gen_test(timeout=30)
async def test_a_repeated_request_is_answered_after_its_end(site: Site) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    ends = site.app.clock.now() + 300_000
    body = {"content": "x", "expires_at": text(ends), "recipient_ids": [bob.id]}
    first = await inbox.send(admin, body, **{"Idempotency-Key": "k"})
    await until(lambda: site.app.clock.now() > ends)
    again = await inbox.send(admin, body, **{"Idempotency-Key": "k"})
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert len(await inbox.copies()) == 1


@pytest.mark.gen_test(timeout=30)
async def test_the_end_comes_though_the_server_was_away(
    store_uris: StoreUris, database_name: str
) -> None:
    async with Site(settings_for(database_name), store_uris) as site:
        admin, bob = await site.admin(), await site.person("bob")
        inbox = Inbox(site, NOTICE)
        ends = site.app.clock.now() + 400_000
        for kind in ("named", "audience"):
            body = {"content": kind, "expires_at": text(ends), **audience(kind, bob)}
            assert (await inbox.send(admin, body)).status == 201
        cursor = (await site.socket(bob)).hello["cursor"]
    async with Site(settings_for(database_name), store_uris) as site:
        await until(lambda: site.app.clock.now() > ends)
        socket = await site.socket(bob, since=cursor)
        gone: set[int] = set()
        while len(gone) < 2:
            change = await socket.change("notice")
            gone |= {change["item"]["id"]} if change.get("deleted") else set()
        assert await Inbox(site, NOTICE).get(bob) == []
        await socket.close()


@pytest.mark.gen_test(timeout=30)
async def test_many_end_together(site: Site) -> None:
    """Each recipient is told once of each, by the ids of his own copies."""
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, NOTICE)
    sender = await site.app.identities.user(admin.id)
    his = await site.socket(bob)
    for n in range(15):
        ends = site.app.clock.now() + 800_000
        sending = Sending(sender, f"{n}", wanted=[bob.id, carol.id], expires_at=ends)
        await site.app.inbox.send(KIND, sending)
    ids: set[int] = set()
    while len(ids) < 15:
        change = await his.change("notice")
        if change.get("deleted"):
            assert change["item"]["id"] not in ids
            ids.add(change["item"]["id"])
    await his.close()
    assert await inbox.get(bob) == await inbox.get(carol) == []


@pytest.mark.gen_test(timeout=30)
async def test_reading_against_the_end(site: Site) -> None:
    """Whoever marks at the very instant is told that it is there or that it is not."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    ends = site.app.clock.now() + 400_000
    body = {"content": "x", "expires_at": text(ends), "audience": "everyone"}
    await inbox.send(admin, body)
    number = (await inbox.ids(bob))["x"]
    answers: list[Answer | tuple[int, Any]] = []
    while not answers or answers[-1] == (200, None):
        action = "mark-unread" if len(answers) % 2 else "mark-read"
        answers.append(await inbox.change(bob, action, [number]))
        await asyncio.sleep(0)
    assert answers[-1] == (400, {"notice_ids": ["No valid notices."]})
    assert await inbox.get(bob) == []
