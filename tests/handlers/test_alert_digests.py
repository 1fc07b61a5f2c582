"""Digests over HTTP and SMTP, with a clock moved by hand: windows, sharing, runs by hand."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from commands.line import parser
from commands.verbs import carry_out
from domain.clock import SECOND
from domain.instants import parse_iso
from services.progress import Progresses
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import links, rows, subscribe
from tests.handlers.alert_posts import QUIET, TAGS, caught, mails, processed, publish, tell
from tests.sites import Site

GAS = {"topics": {"any": ["oil"], "all": ["oil"]}}


def us(text: str) -> int:
    at = parse_iso(text)
    assert at is not None
    return at


@pytest.fixture
def clock() -> HandClock:
    return HandClock(us("2026-03-26T12:00:00Z"))  # a Thursday; clocks change on Sunday


@pytest.fixture
def digests() -> str:
    """Are there digests by the calendar?"""
    return "true"


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, clock: HandClock, digests: str
) -> Iterator[Site]:
    environ = {"CARILLON_ALERTS_DIGESTS": digests}
    made = Site(settings_for(database_name, **environ), store_uris, wall=clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def completed(site: Site, run: str) -> dict[str, Any]:
    """The run, once it has come to its end."""
    async with asyncio.timeout(15):
        while True:
            found = {one["_id"]: one for one in await rows(site, "digest_runs")}
            if run in found and found[run]["completed_at"] is not None:
                return found[run]
            await asyncio.sleep(0.02)


async def say(site: Site, *words: str) -> int:
    arguments = parser().parse_args(["alerts", *words])
    return await carry_out(arguments, site.app)


@pytest.mark.gen_test
async def test_each_morning_each_subscription_gets_what_came(site: Site, clock: HandClock) -> None:
    caller = await publisher(site)
    oil = await caller.listed(title="Oil", tags=TAGS)
    gas = await caller.listed(title="Gas", tags=GAS)
    daily = {"frequency": "daily", **QUIET}
    first = await subscribe(caller, oil["id"], "ann@example.org", **daily)
    clock.move(1)
    second = await subscribe(caller, gas["id"], "ann@example.org", **daily)
    await subscribe(caller, oil["id"], "bob@example.org", frequency="weekly", **QUIET)
    page = str(uuid4())
    await publish(caller, content_id=page, title="Old", public_updated_at="2026-03-01T00:00:00Z")
    clock.move(1)
    await publish(caller, content_id=page, title="New")
    clock.move(1)
    await tell(caller, title="Said")
    clock.move(1)
    await publish(caller, title="Last")
    await site.app.alerts.arm()
    assert await mails(site) == []

    clock.at = us("2026-03-27T08:30:00Z")
    run = await completed(site, "daily:2026-03-27")
    assert (run["starts_at"], run["ends_at"]) == (
        us("2026-03-26T08:00:00Z"),
        us("2026-03-27T08:00:00Z"),
    )
    got = {one.caught.subject: one for one in await caught(site, "ann@example.org", 2)}
    assert set(got) == {"Daily update: Oil", "Daily update: Gas"}
    text = got["Daily update: Oil"].text
    places = [text.index(word) for word in ("New: http", "Read this.", "Last: http")]
    assert places == sorted(places)
    assert "Old" not in text
    assert "you asked for daily updates about" in text
    assert "Read this." not in got["Daily update: Gas"].text, "a message is in one e-mail"
    assert got["Daily update: Oil"].headers["List-Unsubscribe-Post"]
    found = {mail["subscription"]: mail for mail in await mails(site)}
    assert set(found) == {first["id"], second["id"]}
    assert {mail["queue"] for mail in found.values()} == {"mail.digest"}
    (row,) = [one for one in await rows(site, "digest_subscribers") if one["run"] == run["_id"]]
    assert row["emails"] == 2

    # What was subscribed to yesterday ends today by the link in the e-mail.
    (link,) = [one for one in links(found[first["id"]]["text"]) if "/email/unsubscribe/" in one]
    assert first["id"] in link
    assert (await caller.ask("POST", f"/unsubscribe/{first['id']}", {})).status == 204
    assert (await caller.ask("POST", f"/unsubscribe/{first['id']}", {})).status == 404
    await publish(caller, title="After")
    await site.app.alerts.arm()
    clock.at = us("2026-03-28T08:30:00Z")  # a Saturday
    await completed(site, "daily:2026-03-28")
    await completed(site, "weekly:2026-03-28")
    later = [m for m in await mails(site) if m["_id"] not in {f["_id"] for f in found.values()}]
    assert sorted((m["address"], m["subject"]) for m in later) == [
        ("ann@example.org", "Daily update: Gas"),
        ("bob@example.org", "Weekly update: Oil"),
    ]
    (weekly,) = [m for m in later if m["address"] == "bob@example.org"]
    for title in ("New", "Read *this*", "Last", "After"):
        assert title in weekly["text"]


@pytest.mark.parametrize("digests", ["false"])
@pytest.mark.gen_test
async def test_windows_hold_their_start_and_not_their_end_also_when_clocks_change(
    site: Site,
    clock: HandClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commands.progress.SAID_EACH_S", 0)
    caller = await publisher(site)
    oil = await caller.listed(title="Oil", tags=TAGS)
    bounds = [us("2026-03-28T08:00:00Z"), us("2026-03-29T07:00:00Z"), us("2026-03-30T07:00:00Z")]
    titles = []
    for name, at in zip(("one", "two", "three"), bounds, strict=True):
        for where, moved in (("before", -SECOND), ("at", 0)):
            clock.at = at + moved
            titles.append(f"{where}-{name}")
            await publish(caller, title=titles[-1])
    clock.at = us("2026-03-30T12:00:00Z")
    # Who subscribes after it came gets it: what counts is to be subscribed when the run is made.
    await subscribe(caller, oil["id"], "ann@example.org", frequency="daily", **QUIET)

    async def digest(*words: str) -> dict[str, Any]:
        assert await say(site, "digest", "daily", *words, "--json") == 0
        told = capsys.readouterr()
        assert "subscribers: " in told.err
        said: dict[str, Any] = json.loads(told.out)
        return said

    def told(mail: dict[str, Any]) -> list[str]:
        return [
            title for title in titles if f"[{title.replace('-', chr(92) + '-')}]" in mail["text"]
        ]

    assert await digest("--date", "2026-03-29") == {
        "run": "daily:2026-03-29",
        "subscribers": 1,
        "emails": 1,
    }
    (sunday,) = await mails(site)
    assert told(sunday) == ["at-one", "before-two"]
    again = await digest("--date", "2026-03-29")
    assert again["emails"] == 1
    assert len(await mails(site)) == 1, "it was made already"

    # A window of one's own shares with the runs of the days.
    await digest("--from", "2026-03-29T06:00:00Z", "--to", "2026-03-30T06:59:59.5Z")
    assert told((await mails(site))[1]) == ["at-two", "before-three"]
    assert (await digest("--date", "2026-03-30"))["emails"] == 0
    assert (await digest("--from", "2026-03-29T06:00:00Z", "--to", "2026-03-30T12:00:00Z"))[
        "emails"
    ] == 1
    assert told((await mails(site))[2]) == ["at-three"]

    for words in (
        ("daily", "--date", "2026-03-31"),
        ("weekly", "--date", "2026-03-29"),
        ("daily",),
        ("daily", "--from", "2026-03-29T06:00:00Z"),
        ("daily", "--date", "2026-03-29", "--to", "2026-03-29T06:00:00Z"),
        ("daily", "--from", "2026-03-29T06:00:00Z", "--to", "2026-03-29T06:00:00Z"),
        ("daily", "--from", "2026-03-29T06:00:00Z", "--to", "2036-03-29T06:00:00Z"),
    ):
        assert await say(site, "digest", *words) == 1
        assert capsys.readouterr().err


@pytest.mark.parametrize("digests", ["false"])
@pytest.mark.gen_test
async def test_what_went_out_at_once_is_in_no_digest(site: Site, clock: HandClock) -> None:
    caller = await publisher(site)
    oil = await caller.listed(title="Oil", tags=TAGS)
    ann = await subscribe(caller, oil["id"], "ann@example.org", frequency="daily", **QUIET)
    body = {"body": "Goodbye", "sender_message_id": str(uuid4())}
    path = f"/subscriber-lists/{oil['slug']}/bulk-unsubscribe"
    assert (await caller.ask("POST", path, body)).status == 202
    await processed(site, "messages")
    again = await subscribe(caller, oil["id"], "ann@example.org", frequency="daily", **QUIET)
    assert again["id"] != ann["id"]
    clock.at = us("2026-03-27T08:30:00Z")
    digests, hours = site.app.alerts.posting.digests, site.app.alerts.posting.hours
    ((_, window), _) = hours.next(us("2026-03-26T12:00:00Z"))
    assert await digests.carry_out(await digests.find_or_make("daily", window)) == (0, 0)
    assert [mail["subject"] for mail in await mails(site)] == ["Update: Oil"]


@pytest.mark.gen_test
async def test_what_waits_is_told_and_a_digest_is_made_now(
    site: Site, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, caller = await site.admin(), await publisher(site)
    oil = await caller.listed(title="Oil", tags=TAGS)
    for name in ("ann", "ben"):
        await subscribe(caller, oil["id"], f"{name}@example.org", frequency="daily", **QUIET)
    await publish(caller, title="A rig")
    clock.move(1)

    async def look(query: str = "") -> Any:
        return (await site.request("GET", f"/alerts/digests/{query}", admin)).json

    seen = await look()
    assert (seen["digests"], seen["next"]) == ([], None)
    daily, weekly = seen["coming"]
    assert (daily["range"], daily["contents"]) == ("daily", 1)
    assert daily["starts_at"] == "2026-03-26T08:00:00.000Z"
    assert (daily["ends_at"], daily["due_at"]) == (
        "2026-03-27T08:00:00.000Z",
        "2026-03-27T08:30:00.000Z",
    )
    assert (weekly["range"], weekly["contents"]) == ("weekly", 1)

    wish = {"range": "daily", "starts_at": daily["starts_at"], "ends_at": "2026-03-26T12:00:00Z"}
    for wrong, field in (
        ({**wish, "ends_at": "2026-03-26T13:00:00Z"}, "ends_at"),
        ({**wish, "starts_at": "2026-03-26T12:00:00Z"}, "starts_at"),
        ({**wish, "range": "hourly"}, "range"),
        ({"range": "daily", "starts_at": "soon"}, "starts_at"),
    ):
        refused = await site.request("POST", "/alerts/digests/", admin, body=wrong)
        assert (refused.status, field in refused.json) == (400, True), refused
    wish["ends_at"] = daily["until"]
    clock.move(1)
    monkeypatch.setattr("services.alert_digests.AT_ONCE", 1)
    on_the_way, count = [], Progresses.count

    async def watched(progress: Progresses, key: str, more: int) -> None:
        await count(progress, key, more)
        (run,) = (await look())["digests"]
        on_the_way.append((run["served"], run["subscribers"], run["completed_at"]))

    monkeypatch.setattr(Progresses, "count", watched)
    made = await site.request("POST", "/alerts/digests/", admin, body=wish)
    assert made.status == 202, made
    await completed(site, made.json["id"])
    assert on_the_way == [(1, 2, None), (2, 2, None)]
    again = await site.request("POST", "/alerts/digests/", admin, body=wish)
    assert again.json["id"] == made.json["id"]
    (told,) = (await look())["digests"]
    assert (told["date"], told["subscribers"], told["served"], told["emails"]) == (None, 2, 2, 2)
    page = await look("?limit=1")
    assert (await look(f"?limit=1&cursor={page['next']}"))["digests"] == []
    for verb in ("GET", "POST"):
        asked = await site.request(verb, "/alerts/digests/", caller.person, body=wish)
        assert asked.status == 403
