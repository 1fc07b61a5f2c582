"""Polls among others: what rings, what was noted while an answer was read, and whose turn it is."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from services import feed
from tests.handlers.readers import send
from tests.handlers.test_live_changes import asked, changes, contents
from tests.sites import Site, until

SHORT_S = 0.3
LONG_S = 9


def at_each_page(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, then: Callable[[], Any]
) -> None:
    """Do something when a page of the feed was read, and before anybody has it."""
    read = getattr(site.app.live.feed, name)

    async def and_then(*args: Any) -> Any:
        page = await read(*args)
        await then()
        return page

    monkeypatch.setattr(site.app.live.feed, name, and_then)


@pytest.mark.gen_test
async def test_a_ring_without_news_is_looked_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told before its event came rings, and is no news."""
    bob = await site.person("bob")
    cursor = (await changes(site, bob))["cursor"]
    pages = list[int]()

    async def count() -> None:
        pages.append(1)

    at_each_page(site, monkeypatch, "read", count)
    waiting = asyncio.create_task(changes(site, bob, since=cursor, wait=1))
    await until(lambda: site.app.live.hub.of_user(bob.id))
    (connection,) = site.app.live.hub.of_user(bob.id)
    for n in (1, 2):
        connection.tell(b'{"type":"change"}')
        await until(lambda n=n: len(pages) == n)
    assert (await waiting)["changes"] == []
    assert len(pages) == 2


@pytest.mark.gen_test
@pytest.mark.parametrize("name", ["here", "read"])
async def test_what_comes_while_an_answer_is_read_the_next_poll_has_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It is in no page, and rang for nobody: the answer is true for what was before it only."""
    alice, bob = await site.people("alice", "bob")
    since = {} if name == "here" else {"since": (await changes(site, bob))["cursor"]}

    came = list[int]()

    async def one_comes() -> None:
        if not came:
            came.append(1)
            await send(site, alice, "meanwhile", bob)

    at_each_page(site, monkeypatch, name, one_comes)
    first = await changes(site, bob, **since)
    assert first["changes"] == []
    began = time.monotonic()
    assert contents(await changes(site, bob, since=first["cursor"], wait=LONG_S)) == ["meanwhile"]
    assert time.monotonic() - began < LONG_S - 1


@pytest.mark.gen_test
async def test_behind_more_than_is_compared_only_what_is_later_is_news(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of very many a poll returns neither at once nor too late."""
    monkeypatch.setattr(feed, "MOST_COMPARED", 3)
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    for n in range(5):
        await send(site, alice, f"{n}", bob)
    told = await changes(site, bob, since=cursor)
    assert len(told["changes"]) == 5
    began = time.monotonic()
    nothing = await changes(site, bob, since=told["cursor"], limit=2, wait=SHORT_S)
    assert nothing["changes"] == []
    assert time.monotonic() - began >= SHORT_S
    waiting = asyncio.create_task(changes(site, bob, since=nothing["cursor"], limit=2, wait=LONG_S))
    await until(lambda: site.app.live.hub.of_user(bob.id))
    began = time.monotonic()
    await send(site, alice, "news", bob)
    page, seen = await waiting, list[str]()
    assert time.monotonic() - began < LONG_S - 1
    while page["more"]:
        seen += contents(page)
        page = await changes(site, bob, since=page["cursor"], limit=2)
    assert [*seen, *contents(page)][-1] == "news"


@pytest.mark.gen_test
async def test_polls_read_by_turns(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    await send(site, alice, "one", bob)
    site.app.live.reader._places = asyncio.Semaphore(1)
    read, reading, most = site.app.live.feed.read, set[object](), list[int]()

    async def noted(*args: Any) -> Any:
        mine = object()
        reading.add(mine)
        most.append(len(reading))
        page = await read(*args)
        reading.remove(mine)
        return page

    monkeypatch.setattr(site.app.live.feed, "read", noted)
    answers = await asyncio.gather(*(changes(site, bob, since=cursor) for _ in range(4)))
    assert [contents(one) for one in answers] == [["one"]] * 4
    assert max(most) == 1


@pytest.mark.gen_test
async def test_a_server_that_leaves_answers_as_if_the_time_were_over(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    cursor = (await changes(site, bob))["cursor"]
    waiting = asyncio.create_task(asked(site, bob, since=cursor, wait=LONG_S))
    await until(lambda: site.app.live.hub.of_user(bob.id))
    await site.app.live.drain(0.1)
    answer = await waiting
    assert (answer.status, answer.json["changes"], answer.json["reset"]) == (200, [], False)
    await send(site, alice, "elsewhere", bob)
    assert contents(await changes(site, bob, since=answer.json["cursor"])) == ["elsewhere"]
