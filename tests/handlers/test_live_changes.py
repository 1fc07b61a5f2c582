"""The feed by asking for it: pages, long polls, and what a long poll returns for (hole H3 c)."""

import asyncio
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest

from domain.clock import DAY
from domain.cursors import Cursor
from domain.events import Signal
from push.connection import LIVE
from services.polling import Polls
from tests.handlers.readers import send
from tests.push.parts import event
from tests.sites import Answer, Person, Site, until

SHORT_S = 0.3


async def changes(site: Site, who: Person, **query: Any) -> Any:
    """What an accepted poll answers."""
    answer = await asked(site, who, **query)
    assert answer.status == 200, answer
    assert answer.json.keys() == {"changes", "cursor", "more", "reset"}
    return answer.json


async def asked(site: Site, who: Person, **query: Any) -> Answer:
    return await site.request("GET", f"/live/changes?{urlencode(query)}", who)


def contents(answer: Any) -> list[str]:
    return [one["item"]["content"] for one in answer["changes"]]


@pytest.mark.gen_test
async def test_a_poll_brings_what_came_since_its_cursor_in_pages(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await send(site, alice, "before", bob)
    first = await changes(site, bob)
    assert (first["changes"], first["more"], first["reset"]) == ([], False, False)
    his = await site.socket(bob)
    for n in range(5):
        await send(site, alice, f"m{n}", bob)
    told = [await his.change() for _ in range(5)]
    await his.close()
    page, seen, began = first, [], time.monotonic()
    while True:
        page = await changes(site, bob, since=page["cursor"], limit=2, wait=30)
        assert len(page["changes"]) <= 2
        seen += page["changes"]
        if not page["more"]:
            break
    assert time.monotonic() - began < 20, "while there is more nobody waits"
    # What is older than the first cursor by less than the overlap may come along.
    assert [one for one in seen if one["item"]["content"] != "before"] == told
    assert seen[-1].keys() == {"type", "kind", "version", "revision", "item"}
    again = await changes(site, bob, since=page["cursor"])
    assert (again["changes"], again["more"]) == ([], False)


@pytest.mark.gen_test
async def test_a_long_poll_answers_when_there_is_news_and_not_before(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await send(site, alice, "before", bob)
    cursor = (await changes(site, bob))["cursor"]
    began = time.monotonic()
    nothing = await changes(site, bob, since=cursor, wait=SHORT_S)
    assert time.monotonic() - began >= SHORT_S
    assert nothing["changes"] == []
    before, after = map(Cursor.decode, (cursor, nothing["cursor"]))
    assert after.base > before.base, "the cursor of a quiet mailbox does not grow old"
    waiting = asyncio.create_task(changes(site, bob, since=nothing["cursor"], wait=8))
    await until(lambda: site.app.live.hub.of_user(bob.id))
    await send(site, alice, "news", bob)
    answer = await waiting
    assert "news" in contents(answer)
    assert not site.app.live.hub.of_user(bob.id)
    # The overlap is not empty now, but all in it was told: no hot loop.
    for _ in range(3):
        began = time.monotonic()
        answer = await changes(site, bob, since=answer["cursor"], wait=SHORT_S, limit=1)
        assert answer["changes"] == []
        assert time.monotonic() - began >= SHORT_S


@pytest.mark.gen_test(timeout=30)
async def test_what_comes_while_a_page_is_read_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    reader = site.app.live.reader
    answer = reader.answer

    async def and_one_comes(*args: Any) -> Any:
        page = await answer(*args)
        monkeypatch.setattr(reader, "answer", answer)
        await send(site, alice, "news", bob)
        return page

    monkeypatch.setattr(reader, "answer", and_one_comes)
    monkeypatch.setattr(site.app.live.answered, "is_all", lambda *_: False)
    began = time.monotonic()
    assert contents(await changes(site, bob, since=cursor, wait=20)) == ["news"]
    assert time.monotonic() - began < 15


@pytest.mark.gen_test
async def test_a_late_change_is_news_although_a_later_one_was_told(site: Site) -> None:
    """Also one that this process did not hear of, for Redis and the look fail."""
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    for content in ("first", "second", "third"):
        await send(site, alice, content, bob)
    deliveries = site.carillon._stores.deliveries
    rows = await deliveries.feed(bob.id, site.app.live.feed.now().base, 2**62, 10)
    for one in rows[:2]:
        await deliveries._copies.delete({"_id": one["_id"]})
    answer = await changes(site, bob, since=cursor, wait=8)
    assert contents(answer) == ["third"]
    await deliveries.add(rows[1:2])
    answer = await changes(site, bob, since=answer["cursor"], wait=SHORT_S)
    assert contents(answer) == ["second", "third"], "seen when the time is over"
    await deliveries.add(rows[:1])
    heard = site.app.live._changes
    heard.heard_from = heard.clock.now()  # what was stamped before may not have been heard
    async with asyncio.timeout(8):
        answer = await changes(site, bob, since=answer["cursor"], wait=60)
    assert contents(answer) == ["first", "second", "third"], "seen at once"


@pytest.mark.gen_test
async def test_counters_and_signals_are_no_news(site: Site) -> None:
    bob = await site.person("bob")
    cursor = (await changes(site, bob))["cursor"]
    waiting = asyncio.create_task(changes(site, bob, since=cursor, wait=1))
    await until(lambda: site.app.live.hub.of_user(bob.id))
    (connection,) = site.app.live.hub.of_user(bob.id)
    connection.tell(b'{"type":"unread"}')
    site.app.live.hub.deliver(event(signals=(Signal("reread", bob.id),)))
    await until(lambda: connection.state == LIVE)
    assert not waiting.done()
    assert (await waiting)["changes"] == []


@pytest.mark.gen_test
async def test_a_cursor_of_no_use_is_a_reset_to_go_on_from(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    feed = site.app.live.feed
    old = feed.now(site.app.clock.now() - 31 * DAY).encode()
    future = feed.now(site.app.clock.now() + DAY).encode()
    epoch, feed.epoch = feed.epoch, "another"
    foreign = feed.now().encode()
    feed.epoch = epoch
    for cursor in (old, future, foreign):
        answer = await changes(site, bob, since=cursor, wait=8)
        assert (answer["changes"], answer["more"], answer["reset"]) == ([], False, True)
    await send(site, alice, "and on", bob)
    assert contents(await changes(site, bob, since=answer["cursor"])) == ["and on"]


WRONG: list[tuple[dict[str, Any], Any]] = [
    ({"since": "x"}, {"since": ["Not a cursor."]}),
    ({"limit": 0}, {"limit": ["Ensure this value is between 1 and 1000."]}),
    ({"limit": 1001}, {"limit": ["Ensure this value is between 1 and 1000."]}),
    ({"limit": "x"}, {"limit": ["A valid integer is required."]}),
    ({"wait": "x"}, {"wait": ["Enter a number of seconds."]}),
    ({"wait": "nan"}, {"wait": ["Enter a number of seconds."]}),
    ({"wait": -1}, {"wait": ["Ensure this value is between 0 and 60."]}),
    ({"wait": 61}, {"wait": ["Ensure this value is between 0 and 60."]}),
]


@pytest.mark.gen_test
async def test_wrong_parameters_are_told_and_strangers_refused(site: Site) -> None:
    bob = await site.person("bob")
    for query, problems in WRONG:
        answer = await asked(site, bob, **query)
        assert (answer.status, answer.json) == (400, problems), query
    assert (await site.request("GET", "/live/changes")).status == 401
    ticket = (await site.request("POST", "/live/ticket", bob)).json["ticket"]
    assert (await site.request("GET", f"/live/changes?ticket={ticket}")).status == 200
    assert (await site.request("GET", f"/live/changes?ticket={ticket}")).status == 401


@pytest.mark.gen_test
async def test_who_waits_is_a_connection_revoked_limited_and_drained(site: Site) -> None:
    bob = await site.person("bob")
    other = Person(bob.id, "bob", await site.app.accounts.credentials.make_token(bob.id))
    cursor = (await changes(site, bob))["cursor"]

    def wait(who: Person) -> "asyncio.Task[Answer]":
        return asyncio.create_task(asked(site, who, since=cursor, wait=8))

    ended = wait(bob)
    stay = [wait(other) for _ in range(9)]
    await until(lambda: len(site.app.live.hub) == 10)
    await site.app.accounts.credentials.revoke_token(bob.token)
    assert (await ended).status == 401
    codes = (3503, 3011, 3012)
    for connection, code in zip(site.app.live.hub.of_user(bob.id), codes, strict=False):
        connection.close(code, "")
    await until(lambda: sum(one.done() for one in stay) == len(codes))
    assert sorted(one.result().status for one in stay if one.done()) == [403, 429, 503]
    object.__setattr__(site.settings.live, "connections_per_user", 6)
    assert (await asked(site, other, since=cursor, wait=8)).status == 429
    assert (await asked(site, other, since=cursor)).status == 200
    await site.app.live.drain(0.1)
    for one in stay:
        assert (await one).status in (200, 403, 429, 503)
    assert (await asked(site, other, since=cursor, wait=8)).status == 503


@pytest.mark.gen_test(timeout=20)
async def test_a_revocation_does_not_slip_in_before_the_wait(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hole H16: a poll is registered first and checked after, as any connection is."""
    (bob,) = await site.people("bob")
    cursor = (await changes(site, bob))["cursor"]
    answer = Polls.answer

    async def revoked_before(self: Polls, *args: Any) -> Any:
        await site.app.accounts.credentials.revoke_token(bob.token)
        return await answer(self, *args)

    monkeypatch.setattr(Polls, "answer", revoked_before)
    assert (await asked(site, bob, since=cursor, wait=8)).status == 401


@pytest.mark.gen_test
async def test_who_hangs_up_waits_no_longer(site: Site) -> None:
    bob = await site.person("bob")
    cursor = (await changes(site, bob))["cursor"]
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = f"GET /live/changes?since={cursor}&wait=8 HTTP/1.1\r\nHost: x\r\n"
    writer.write(f"{head}Authorization: Token {bob.token}\r\n\r\n".encode())
    await until(lambda: site.app.live.hub.of_user(bob.id))
    writer.transport.abort()
    await until(lambda: not site.app.live.hub.of_user(bob.id), 2)
    assert await reader.read() == b""
    with suppress(OSError):
        await writer.wait_closed()


@pytest.mark.gen_test
async def test_large_items_make_short_pages(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    for _ in range(110):
        await send(site, alice, "x" * 6_000, bob)
    page = await changes(site, bob, since=cursor, limit=1_000)
    assert (len(page["changes"]), page["more"]) == (100, True)
    page = await changes(site, bob, since=page["cursor"], limit=1_000)
    assert (len(page["changes"]), page["more"]) == (10, False)
