"""Scheduled sends: made, seen, edited, cancelled, and what leaves in the end."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from domain.cursors import Cursor
from domain.instants import to_text
from domain.jobs import Job
from domain.schedules import Fired
from tests.handlers.inbox_calls import MESSAGE, NOT_FOUND, NOTICE, Inbox, with_settings
from tests.sites import Answer, Person, Site

HOUR = 3_600_000_000
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


def _in(site: Site, seconds: float) -> str:
    return to_text(site.app.clock.wall() + int(seconds * 1_000_000))


async def _later(site: Site, who: Person, kind: str = MESSAGE, **body: Any) -> str:
    """The path of a scheduled send."""
    answer = await Inbox(site, kind).send(who, {"content": "later", **body})
    assert answer.status == 202, answer
    assert answer.headers["Location"] == f"/scheduled/{answer.json['id']}/"
    return str(answer.headers["Location"])


async def _get(site: Site, who: Person, path: str = "/scheduled/") -> Any:
    answer = await site.request("GET", path, who)
    assert answer.status == 200, answer
    return answer.json


async def _patch(site: Site, who: Person, path: str, **body: Any) -> Answer:
    return await site.request("PATCH", path, who, body=body)


async def _contents(site: Site, who: Person, kind: str = MESSAGE) -> list[str]:
    return await Inbox(site, kind).contents(who)


async def _gone(site: Site, who: Person) -> None:
    """Wait until nothing is left to leave."""
    async with asyncio.timeout(15):
        while await _get(site, who):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.gen_test(timeout=40)
async def test_it_leaves_at_its_time_and_its_sender_s_devices_are_told(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    hers, his = await site.socket(alice), await site.socket(bob)
    at = site.app.clock.wall() + 900_000
    path = await _later(site, alice, send_at=to_text(at), recipient_ids=[bob.id])
    shown = {
        "id": int(path.split("/")[2]),
        "content": "later",
        "sender": {"id": alice.id, "username": "alice"},
        "recipients": [{"id": bob.id, "username": "bob"}],
        **PLAN,
        "send_at": to_text(at),
    }
    assert await _get(site, alice, path) == shown
    assert await _get(site, alice) == [shown]
    assert await _get(site, bob) == []
    frame = await hers.change("scheduled")
    assert (frame["version"], frame["item"]) == (1, shown)
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
    assert await _get(site, alice) == []
    assert (await site.request("GET", path, alice)).status == 404
    for one in (hers, his):
        await one.close()


@pytest.mark.gen_test(timeout=40)
async def test_a_device_that_was_away_reads_it_in_the_feed(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    hers = await site.socket(alice)
    await hers.close()
    path = await _later(site, alice, send_at=_in(site, 3600), recipient_ids=[bob.id])
    gone = await _later(site, alice, send_at=_in(site, 3600), recipient_ids=[bob.id])
    assert (await site.request("DELETE", gone, alice)).status == 204
    await _patch(site, alice, path, content="edited")
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
async def test_an_edited_one_leaves_as_edited_and_a_cancelled_one_never(site: Site) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    at = _in(site, 3)
    edited = await _later(site, alice, send_at=at, recipient_ids=[bob.id])
    cancelled = await _later(site, alice, send_at=at, recipient_ids=[bob.id])
    moved = await _later(site, alice, send_at=at, recipient_ids=[bob.id], content="moved")
    sooner = await _later(site, alice, send_at=_in(site, 9999), recipient_ids=[bob.id])
    answer = await _patch(site, alice, edited, content="edited", recipient_ids=[carol.id])
    assert answer.status == 200
    assert answer.json["content"] == "edited"
    assert answer.json["recipients"] == [{"id": carol.id, "username": "carol"}]
    answer = await site.request("DELETE", cancelled, alice)
    assert (answer.status, answer.body) == (204, b"")
    far = _in(site, 9999)
    assert (await _patch(site, alice, moved, send_at=far)).json["send_at"] == far
    await _patch(site, alice, sooner, send_at=at, content="sooner")
    for verb in ("GET", "DELETE", "PATCH"):
        answer = await site.request(verb, cancelled, alice, body={} if verb == "PATCH" else None)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    async with asyncio.timeout(15):
        while len(await _get(site, alice)) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert [one["content"] for one in await _get(site, alice)] == ["moved"]
    assert await _contents(site, carol) == ["edited"]
    assert await _contents(site, bob) == ["sooner"]


@pytest.mark.gen_test(timeout=40)
async def test_what_has_begun_to_leave_is_sealed(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await _later(site, alice, send_at=_in(site, 3600), recipient_ids=[bob.id])
    store = site.carillon._stores.scheduled
    number = int(path.split("/")[2])
    assert await store.seal(number, 1, "elsewhere")
    sealed = {"detail": "It is leaving, or has left."}
    for verb, body in (("DELETE", None), ("PATCH", {"content": "too late"})):
        answer = await site.request(verb, path, alice, body=body)
        assert (answer.status, answer.json) == (409, sealed)
    assert (await _get(site, alice, path))["content"] == "later"
    assert (await _patch(site, alice, path)).status == 200, "nothing is asked for"


@pytest.mark.gen_test(timeout=40)
async def test_others_do_not_see_it_and_administrators_do(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    path = await _later(site, alice, send_at=_in(site, 3600), recipient_ids=[bob.id])
    for verb in ("GET", "DELETE", "PATCH"):
        answer = await site.request(verb, path, bob, body={} if verb == "PATCH" else None)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
        assert (await site.request(verb, path)).status == 403
    assert [one["sender"]["username"] for one in await _get(site, admin)] == ["alice"]
    hers = await site.socket(alice)
    assert (await _patch(site, admin, path, content="by admin")).status == 200
    assert (await hers.change("scheduled"))["item"]["content"] == "by admin"
    assert (await site.request("DELETE", path, admin)).status == 204
    assert (await hers.change("scheduled"))["deleted"] is True
    await hers.close()


@pytest.mark.gen_test(timeout=40)
async def test_the_list_has_a_limit_and_windows(site: Site) -> None:
    (alice,) = await site.people("alice")
    times = [_in(site, seconds) for seconds in (900, 300, 600)]
    for at in times:
        await _later(site, alice, send_at=at, recipient_ids=[alice.id])
    soonest = sorted(times)

    async def listed(query: str) -> list[str]:
        return [one["send_at"] for one in await _get(site, alice, f"/scheduled/?{query}")]

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
    body: dict[str, Any] = {"recipient_ids": [bob.id], "send_at": _in(site, 900)}
    first, _ = [await _later(site, alice, **body) for _ in range(2)]
    answer = await Inbox(site, MESSAGE).send(alice, {"content": "later", **body})
    words = "You have 2 sends that are to leave later, and no more are possible."
    assert (answer.status, answer.json) == (400, {"non_field_errors": [words]})
    assert len(await _get(site, alice)) == 2
    await _later(site, bob, **body | {"recipient_ids": [alice.id]})
    await site.request("DELETE", first, alice)
    await _later(site, alice, **body)


@pytest.mark.gen_test(timeout=40)
async def test_a_key_makes_one(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    body = {"content": "once", "send_at": _in(site, 3600), "recipient_ids": [bob.id]}
    inbox = Inbox(site, MESSAGE)
    first = await inbox.send(alice, body, **{"Idempotency-Key": "k"})
    again = await inbox.send(alice, body, **{"Idempotency-Key": "k"})
    assert (again.status, again.json) == (202, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    other = await inbox.send(alice, {**body, "content": "two"}, **{"Idempotency-Key": "k"})
    assert other.status == 422
    assert len(await _get(site, alice)) == 1


@pytest.mark.gen_test(timeout=40)
async def test_one_may_remind_oneself(site: Site) -> None:
    alice, _ = await site.people("alice", "bob")
    now = await Inbox(site, MESSAGE).send(alice, {"content": "x", "recipient_ids": [alice.id]})
    assert now.status == 400
    path = await _later(site, alice, send_at=_in(site, 0.4), recipient_ids=[alice.id])
    assert (await _patch(site, alice, path, content="tea")).status == 200
    await _gone(site, alice)
    assert await _contents(site, alice) == ["tea"]


@pytest.mark.gen_test(timeout=40)
async def test_a_notice_may_be_for_an_audience_and_expire(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    refused = await Inbox(site, NOTICE).send(
        alice, {"content": "x", "audience": "everyone", "send_at": _in(site, 9)}
    )
    assert refused.status == 403
    at, end = _in(site, 0.7), _in(site, 3600)
    path = await _later(site, admin, NOTICE, audience="everyone", send_at=at, expires_at=end)
    shown = await _get(site, admin, path)
    assert (shown["sends"], shown["audience"], shown["recipients"], shown["expires_at"]) == (
        "notice",
        "everyone",
        None,
        end,
    )
    answer = await _patch(site, admin, path, recipient_ids=[bob.id])
    assert (answer.json["audience"], [one["id"] for one in answer.json["recipients"]]) == (
        None,
        [bob.id],
    )
    assert (await _patch(site, admin, path, audience="everyone")).json["recipients"] is None
    assert (await _patch(site, admin, path, expires_at=None)).json["expires_at"] is None
    await _gone(site, admin)
    assert await _contents(site, alice, NOTICE) == ["later"]
    assert await _contents(site, bob, NOTICE) == ["later"]


@pytest.mark.gen_test(timeout=40)
async def test_what_cannot_leave_says_why_and_can_be_mended(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    gone = await site.person("gone")
    hers = await site.socket(alice)
    path = await _later(site, alice, send_at=_in(site, 0.5), recipient_ids=[gone.id])
    await hers.change("scheduled")
    await site.app.accounts.delete(gone.id)
    failed = await hers.change("scheduled")
    assert (failed["version"], failed["item"]["state"]) == (2, "failed")
    assert failed["item"]["error"] == "None of its recipients has an account any more."
    answer = await _patch(
        site, alice, path, send_at=_in(site, 0.3), recipient_ids=[bob.id, admin.id]
    )
    assert (answer.json["state"], answer.json["error"]) == ("waiting", None)
    await _gone(site, alice)
    assert await _contents(site, bob) == ["later"]
    await hers.close()


@pytest.mark.gen_test(timeout=40)
async def test_a_deleted_account_s_sends_never_leave(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    await _later(site, alice, send_at=_in(site, 2), recipient_ids=[bob.id])
    await _later(site, bob, send_at=_in(site, 2.2), recipient_ids=[bob.id], content="after it")
    await site.app.accounts.delete(alice.id)
    await _gone(site, admin)
    assert await _contents(site, bob) == ["after it"]


# What is refused

LATER = "2999-01-01T09:00"
ONE_TIME = "Give one of send_at, send_at_local with time_zone, and schedule."
REFUSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"send_at": "2020-01-01T00:00:00Z"}, {"send_at": ["This instant is past."]}),
    ({"send_at": "2999-01-01T00:00:00"}, {"send_at": [pytest.approx]}),
    ({"send_at": "2999-01-01"}, {"send_at": [pytest.approx]}),
    ({"send_at": "soon"}, {"send_at": [pytest.approx]}),
    ({"send_at": 5}, {"send_at": [pytest.approx]}),
    ({"send_at": "2999-02-30T00:00:00Z"}, {"send_at": [pytest.approx]}),
    ({"send_at_local": LATER}, {"time_zone": ["This field is required."]}),
    ({"time_zone": "Europe/Berlin"}, {"send_at_local": ["This field is required."]}),
    (
        {"send_at_local": LATER, "time_zone": "Mars/Olympus"},
        {"time_zone": ["Enter a valid time zone, for example Europe/Berlin."]},
    ),
    (
        {"send_at_local": LATER + "Z", "time_zone": "Europe/Berlin"},
        {"send_at_local": [pytest.approx]},
    ),
    (
        {"send_at_local": "2020-01-01T09:00", "time_zone": "Europe/Berlin"},
        {"send_at_local": ["This instant is past."]},
    ),
    (
        {"send_at_local": "2020-01-01T09:00", "time_zone": "recipient"},
        {"send_at_local": ["This local time is past in every time zone."]},
    ),
    (
        {"send_at_local": "9999-01-01T09:00", "time_zone": "Europe/Berlin"},
        {"send_at_local": [pytest.approx]},
    ),
    (
        {"send_at": "2999-01-01T00:00:00Z", "time_zone": "Europe/Berlin"},
        {"non_field_errors": [ONE_TIME]},
    ),
    (
        {"send_at": "soon", "content": ""},
        {"content": ["This field may not be blank."], "send_at": [pytest.approx]},
    ),
    (
        {"send_at": "2999-01-01T00:00:00Z", "recipient_ids": [999]},
        {"recipient_ids": [pytest.approx]},
    ),
]


@pytest.mark.gen_test(timeout=60)
async def test_wrong_times_are_refused_with_the_field_named_and_nothing_is_kept(
    site: Site,
) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await _later(site, alice, send_at=_in(site, 3600), recipient_ids=[bob.id])
    before = await _get(site, alice)
    for body, problems in REFUSED:
        whole = {"content": "x", "recipient_ids": [bob.id], **body}
        posted = await Inbox(site, MESSAGE).send(alice, whole)
        for answer in (posted, await _patch(site, alice, path, **body)):
            assert answer.status == 400, (body, answer)
            assert answer.json.keys() == problems.keys(), (body, answer)
            for field, texts in problems.items():
                assert texts == [pytest.approx] or answer.json[field] == texts, (body, answer)
    assert await _get(site, alice) == before


@pytest.mark.gen_test(timeout=40)
async def test_an_expiry_must_be_after_it(site: Site) -> None:
    admin = await site.admin()
    at, after = _in(site, 100), _in(site, 200)
    body = {"content": "x", "audience": "everyone", "send_at": at, "expires_at": at}
    answer = await Inbox(site, NOTICE).send(admin, body)
    wrong = {"expires_at": ["Must be later than the time of sending."]}
    assert (answer.status, answer.json) == (400, wrong)
    path = await _later(site, admin, NOTICE, audience="everyone", send_at=at, expires_at=after)
    for edit in ({"expires_at": at}, {"send_at": after}):
        answer = await _patch(site, admin, path, **edit)
        assert (answer.status, answer.json) == (400, wrong)


@with_settings(participant_key="username", recipients="strict")
@pytest.mark.gen_test(timeout=40)
async def test_people_may_be_named_by_their_names(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await _later(site, alice, send_at=_in(site, 0.5), recipient_usernames=["bob"])
    assert (await _get(site, alice, path))["recipients"] == [{"username": "bob"}]
    answer = await _patch(site, alice, path, recipient_usernames=["bob", "nobody"])
    assert answer.json == {"recipient_usernames": ["Invalid recipients: nobody."]}
    await _gone(site, alice)
    assert await _contents(site, bob) == ["later"]


@pytest.mark.gen_test(timeout=40)
async def test_clock_changes_have_clear_answers(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    for local, instant, reason in [
        ("2037-03-29T02:30", "2037-03-29T01:30:00Z", "gap_shifted"),
        ("2037-10-25T02:30:00", "2037-10-25T00:30:00Z", "overlap_first"),
        ("2037-06-01T09:00:00.5", "2037-06-01T07:00:00.500000Z", None),
    ]:
        path = await _later(
            site,
            alice,
            send_at_local=local,
            time_zone="Europe/Berlin",
            recipient_ids=[bob.id],
        )
        shown = await _get(site, alice, path)
        assert (shown["send_at"], shown["reason"]) == (instant, reason)
        assert shown["time_zone"] == "Europe/Berlin"
        assert shown["send_at_local"].startswith(local.rstrip("05:."))


# Each at his own time


def _hour(at: int) -> int:
    return at // HOUR * HOUR


@pytest.mark.parametrize("whom", ["named", "audience"])
@pytest.mark.gen_test(timeout=40)
async def test_each_gets_it_at_his_own_time_once(site: Site, whom: str) -> None:
    admin = await site.admin()
    east = await site.person("east", time_zone="Etc/GMT-3")
    here = await site.person("here", time_zone="UTC")
    nowhere = await site.person("nowhere")
    west = await site.person("west", time_zone="Etc/GMT+3")
    everybody = {"named": {"recipient_ids": [east.id, here.id, nowhere.id, west.id]}}.get(
        whom, {"audience": "everyone"}
    )
    local = to_text(site.app.clock.wall() + 900_000).removesuffix("Z")
    path = await _later(
        site, admin, NOTICE, send_at_local=local, time_zone="recipient", **everybody
    )
    assert (await _get(site, admin, path))["time_zone"] == "recipient"

    async def has(who: Person) -> list[str]:
        return await _contents(site, who, NOTICE)

    async with asyncio.timeout(15):
        while not (await has(here) and await has(nowhere)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await has(east) == ["later"], "his time is past: at once"
    assert await has(west) == []
    await site.app.accounts.change(west.id, {"time_zone": "Etc/GMT-3"}, actor=None, keep=None)
    await site.app.accounts.change(east.id, {"time_zone": "Etc/GMT+3"}, actor=None, keep=None)
    assert (await _patch(site, admin, path, content="edited")).status == 200
    jobs = site.carillon._stores.jobs
    for row in await jobs.listed(kind="scheduled.leave", state="waiting"):
        await jobs.move(row.key, site.app.clock.wall())
    await _gone(site, admin)
    assert await has(west) == ["edited"], "who moved is not forgotten"
    for who in (east, here, nowhere):
        assert await has(who) == ["later"], "and nobody has it twice"


@pytest.mark.parametrize("body", ["named", "audience"])
@pytest.mark.gen_test(timeout=40)
async def test_whoever_takes_over_after_it_was_sent_sends_it_no_second_time(
    site: Site, body: str
) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    whom = {"recipient_ids": [alice.id]} if body == "named" else {"audience": "everyone"}
    path = await _later(site, admin, NOTICE, send_at=_in(site, 3600), **whom)
    number = int(path.split("/")[2])
    job = Job(f"scheduled:{number}:1:0", "scheduled.leave", 0, {"id": number, "timing": 1})
    found = await site.carillon._stores.scheduled.seal(number, 1, job.key)
    assert found is not None
    await site.app.scheduled._send(found, job)
    assert (await site.request("DELETE", path, admin)).status == 409
    await site.app.scheduled.leave(job)
    assert await _contents(site, alice, NOTICE) == ["later"]
    assert await _get(site, admin) == []
    await site.app.scheduled.leave(job)
    assert await _contents(site, alice, NOTICE) == ["later"]


# Following a schedule


async def _schedule(site: Site, who: Person, **body: Any) -> int:
    answer = await site.request("POST", "/api/v1/schedule/", who, body={"minute": "0", **body})
    assert answer.status == 201, answer
    return int(answer.json["id"])


@pytest.mark.gen_test(timeout=40)
async def test_a_notice_may_follow_a_schedule_again_and_again(site: Site) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    path = await _later(site, admin, NOTICE, schedule=schedule, recipient_ids=[alice.id])
    shown = await _get(site, admin, path)
    assert (shown["schedule"], shown["send_at"], shown["time_zone"]) == (schedule, None, None)
    fire = f"/api/v1/schedule/{schedule}/send/"
    for times in (1, 2):
        assert (await site.request("POST", fire, admin, body={})).status == 202
        async with asyncio.timeout(15):
            while len(await _contents(site, alice, NOTICE)) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    async with asyncio.timeout(15):
        while (shown := await _get(site, admin, path))["left_on"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert shown["state"] == "waiting"
    used = await site.request("DELETE", f"/api/v1/schedule/{schedule}/", admin)
    assert used.status == 409
    async with asyncio.timeout(15):
        while (await site.request("DELETE", path, admin)).status == 409:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await site.request("POST", fire, admin, body={})).status == 202
    assert (await site.request("DELETE", f"/api/v1/schedule/{schedule}/", admin)).status == 204
    assert await _contents(site, alice, NOTICE) == ["later", "later"]


@pytest.mark.gen_test(timeout=40)
async def test_an_occurrence_that_is_told_twice_leaves_once(site: Site) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    path = await _later(site, admin, NOTICE, schedule=schedule, audience="everyone")
    at = site.app.clock.wall()
    for name in ("a", "a", "b", "a"):
        fired = {"endpoint": None, "payload": "", "auth_token": None}
        await site.app.scheduled.follow(
            Fired(id=name, schedule=schedule, due_at=at, at=at, **fired)  # type: ignore[arg-type]
        )
    async with asyncio.timeout(15):
        while len(await _contents(site, alice, NOTICE)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    answer = await _patch(site, admin, path, send_at=_in(site, 0.4), content="the last")
    while answer.status == 409:
        answer = await _patch(site, admin, path, send_at=_in(site, 0.4), content="the last")
    assert (answer.json["schedule"], answer.json["state"]) == (None, "waiting")
    await _gone(site, admin)
    assert await _contents(site, alice, NOTICE) == ["the last", "later", "later"]


@pytest.mark.gen_test(timeout=40)
async def test_a_schedule_that_cannot_be_followed_is_refused(site: Site) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    whole = {"content": "x", "recipient_ids": [alice.id]}
    refused: list[tuple[str, dict[str, Any], Any]] = [
        (NOTICE, {"schedule": 10**30}, {"schedule": ["There is no such schedule."]}),
        (NOTICE, {"schedule": schedule + 1}, {"schedule": ["There is no such schedule."]}),
        (NOTICE, {"schedule": "x"}, {"schedule": ["A valid integer is required."]}),
        (
            NOTICE,
            {"schedule": schedule, "send_at": _in(site, 9)},
            {"non_field_errors": [ONE_TIME]},
        ),
        (MESSAGE, {"schedule": schedule}, {"schedule": ["Only a notice can follow a schedule."]}),
    ]
    for kind, body, problems in refused:
        answer = await Inbox(site, kind).send(admin, {**whole, **body})
        assert (answer.status, answer.json) == (400, problems)
    assert await _get(site, admin) == []
