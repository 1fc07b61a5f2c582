"""A reading that outlives its cursor: in the middle of it, too, the reader hears that he must list.

What was told before is true; between that and now something may be missing that is gone for good.
"""

import time
from typing import Any

import pytest

from domain.clock import DAY, SECOND
from domain.cursors import Cursor
from push.connection import LIVE
from services.reader import FIRST_ASKED
from tests.conftest import RunningClock
from tests.handlers.event_streams import events
from tests.handlers.readers import send
from tests.sites import Person, Site, until

MONTH_S = 31 * DAY / SECOND
FIRST_PAGE = 20


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_LIVE_RING_BYTES": "3000", "CARILLON_LIVE_TOMBSTONE_DAYS": "30"}


async def pages_of(site: Site, who: Person, query: str) -> dict[str, Any]:
    answer = await site.request("GET", f"/live/changes?{query}", who)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


async def missed(site: Site, many: int) -> tuple[Person, Person, str]:
    """Somebody who sends, who was sent ``many`` messages, and the cursor from before them."""
    alice, bob = await site.people("alice", "bob")
    cursor = (await pages_of(site, bob, ""))["cursor"]
    for n in range(many):
        await send(site, alice, f"{n}", bob)
    return alice, bob, cursor


def let_a_month_go_by(
    site: Site, clock: RunningClock, monkeypatch: pytest.MonkeyPatch, *, after: int
) -> None:
    """So much time passes while somebody takes the page ``after`` which he goes on."""
    read, pages = site.app.live.feed.read, []

    async def slowly(*args: Any) -> Any:
        page = await read(*args)
        pages.append(page)
        if len(pages) == after:
            clock.move(MONTH_S)
        return page

    monkeypatch.setattr(site.app.live.feed, "read", slowly)


async def told(site: Site, next_frame: Any) -> list[dict[str, Any]]:
    """What a connection that reads is told, up to the first cursor from which it can go on."""
    frames = list[dict[str, Any]]()
    while not frames or frames[-1]["type"] != "ping" or is_stale(site, frames[-1]["cursor"]):
        frame = await next_frame()
        if frame["type"] in ("change", "reset", "ping"):
            frames.append(frame)
    return frames


def is_stale(site: Site, cursor: str) -> bool:
    return site.app.live.feed.is_stale(Cursor.decode(cursor))


def check(frames: list[dict[str, Any]]) -> None:
    """A page, then the reset in its place, and a cursor behind it."""
    kinds = [one["type"] for one in frames]
    assert kinds == ["change"] * FIRST_PAGE + ["ping", "reset", "ping"]


@pytest.mark.gen_test
async def test_on_a_websocket(
    site: Site, running_clock: RunningClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, cursor = await missed(site, 60)
    let_a_month_go_by(site, running_clock, monkeypatch, after=1)
    his = await site.socket(bob, cursor)
    check(await told(site, his.any_frame))
    await send(site, alice, "and on", bob)
    assert (await his.change())["item"]["content"] == "and on"
    await his.close()


@pytest.mark.gen_test
async def test_on_an_event_stream(
    site: Site, running_clock: RunningClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, cursor = await missed(site, 60)
    let_a_month_go_by(site, running_clock, monkeypatch, after=1)
    async with await events(site, bob, since=cursor) as his:
        await his.of_type("hello")
        check(await told(site, his.event))
        assert not is_stale(site, his.last_id)
        await send(site, alice, "and on", bob)
        assert (await his.change())["item"]["content"] == "and on"


@pytest.mark.gen_test
async def test_within_one_answer_to_a_poll(
    site: Site, running_clock: RunningClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large answer is read in several pages. What the first of them said may be gone since, and
    whoever heard of the reset beside it would show it again after listing."""
    alice, bob, cursor = await missed(site, FIRST_ASKED + 5)
    let_a_month_go_by(site, running_clock, monkeypatch, after=1)
    answer = await pages_of(site, bob, f"since={cursor}&limit=1000")
    assert (answer["changes"], answer["more"], answer["reset"]) == ([], False, True)
    await send(site, alice, "and on", bob)
    (change,) = (await pages_of(site, bob, f"since={answer['cursor']}"))["changes"]
    assert change["item"]["content"] == "and on"


@pytest.mark.gen_test
@pytest.mark.parametrize("limit", [2, 100])
async def test_between_two_polls(site: Site, running_clock: RunningClock, limit: int) -> None:
    """Whoever would wait hears it at once, in the middle of the feed or at its end."""
    _, bob, cursor = await missed(site, 3)
    first = await pages_of(site, bob, f"since={cursor}&limit={limit}")
    assert (len(first["changes"]), first["reset"]) == (min(limit, 3), False)
    running_clock.move(MONTH_S)
    for since in (cursor, first["cursor"]):
        began = time.monotonic()
        answer = await pages_of(site, bob, f"since={since}&wait=9")
        assert time.monotonic() - began < 8
        assert (answer["changes"], answer["more"], answer["reset"]) == ([], False, True)
        assert not is_stale(site, answer["cursor"])


@pytest.mark.gen_test
async def test_in_the_middle_the_cursor_of_a_restored_database_is_none(site: Site) -> None:
    """Whoever goes on reading where another database was is not told half of each."""
    _, bob, cursor = await missed(site, 3)
    first = await pages_of(site, bob, f"since={cursor}&limit=2")
    site.app.live.feed.epoch = "restored"
    second = await pages_of(site, bob, f"since={first['cursor']}")
    assert (second["changes"], second["more"], second["reset"]) == ([], False, True)
    his = await site.socket(bob, first["cursor"])
    assert his.hello["epoch"] == "restored"
    await his.frame("reset")
    await until(lambda: [one.state for one in site.app.live.hub] == [LIVE])
    assert Cursor.decode(his.cursor).epoch == "restored"
    await his.close()
