"""Where one may resume from while he is told what he missed, and what he is told before hello."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import websockets

from domain.cursors import Cursor
from domain.errors import Unavailable
from push.connection import LIVE
from tests.conftest import RunningClock
from tests.handlers.event_streams import events
from tests.handlers.readers import Reader, send
from tests.sites import Person, Site, Socket, until

FIRST_PAGE = 20


async def missed(site: Site, many: int) -> tuple[Person, Person, str]:
    """Somebody who sends, who was sent ``many`` messages, and the cursor from before them."""
    alice, bob = await site.people("alice", "bob")
    his = await Reader.come(site, bob)
    await his.close()
    for n in range(many):
        await send(site, alice, f"{n}", bob)
    await until(lambda: len(site.app.live.hub) == 0)
    await site.app.changes.look()  # those who are live could resume from later now
    return alice, bob, his.cursor


def held(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, is_held: Callable[[], bool]
) -> asyncio.Event:
    """What is asked of ``owner`` waits, when it is, until the event is set."""
    ask, may_go_on = getattr(owner, name), asyncio.Event()

    async def wait(*args: Any) -> Any:
        if is_held():
            await may_go_on.wait()
        return await ask(*args)

    monkeypatch.setattr(owner, name, wait)
    return may_go_on


def from_the_second() -> Callable[[], bool]:
    """True but for the first time."""
    asked = iter([False])
    return lambda: next(asked, True)


class TestWithManySignsOfLife:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_RING_BYTES": "3000", "CARILLON_LIVE_PING_INTERVAL_S": "1"}

    @pytest.mark.gen_test
    async def test_a_sign_of_life_says_how_far_he_was_told(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not how far others are: what he was not told yet would be lost with a cut."""
        _, bob, cursor = await missed(site, 60)
        may_go_on = held(monkeypatch, site.app.live.feed, "read", from_the_second())
        his = await site.socket(bob, cursor)
        frames = [await his.any_frame() for _ in range(FIRST_PAGE)]
        assert {one["type"] for one in frames} == {"change"}
        pings = [await his.frame("ping") for _ in range(3)]
        assert len({one["cursor"] for one in pings}) == 1
        last = Cursor.decode(pings[0]["cursor"]).place.revision
        assert last == frames[-1]["revision"]
        may_go_on.set()
        for _ in range(60 - FIRST_PAGE):
            await his.change()
        await his.close()


class TestFromTheFeed:
    """One who was away for so long that the ring does not reach back."""

    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_RING_BYTES": "3000"}

    @pytest.mark.gen_test
    async def test_an_event_of_a_page_is_no_place_to_resume_from(self, site: Site) -> None:
        """What is younger, and older than he is told live, is still to come."""
        _, bob, cursor = await missed(site, 60)
        async with await events(site, bob, since=cursor) as his:
            await his.of_type("hello")
            for _ in range(FIRST_PAGE):
                await his.change()
                assert his.last_id == cursor
            ping = await his.of_type("ping")
            assert his.last_id == ping["cursor"] != cursor

    @pytest.mark.gen_test
    async def test_what_the_ring_tells_him_ends_with_where_to_resume(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At once: the next sign of life of a quiet line may be long in coming."""
        alice, bob, cursor = await missed(site, 30)
        read, came = site.app.live.feed.read, list[int]()

        async def one_comes(*args: Any) -> Any:
            page = await read(*args)
            if not page.more and not came:
                came.append(1)
                await send(site, alice, "meanwhile", bob)
            return page

        monkeypatch.setattr(site.app.live.feed, "read", one_comes)
        his = await site.socket(bob, cursor)
        while (await his.change())["item"]["content"] != "meanwhile":
            pass
        assert (await his.any_frame())["type"] == "ping"
        assert [one.state for one in site.app.live.hub] == [LIVE]
        await his.close()

    @pytest.mark.gen_test
    async def test_while_the_database_is_away_who_must_read_comes_again(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, bob, cursor = await missed(site, 60)

        async def away(*_: Any) -> None:
            raise Unavailable

        monkeypatch.setattr(site.app.live.feed, "read", away)
        his = await site.socket(bob, cursor)
        assert await his.close_code() == 3011


@pytest.mark.gen_test
async def test_what_the_ring_holds_from_before_his_cursor_is_not_told_again(
    site: Site, running_clock: RunningClock
) -> None:
    alice, bob, _ = await missed(site, 3)
    running_clock.move(60)
    await site.app.changes.look()
    his = await Reader.come(site, bob)
    await his.close()
    back = await site.socket(bob, his.cursor)
    await send(site, alice, "new", bob)
    assert (await back.change())["item"]["content"] == "new"
    await back.close()


async def coming(
    site: Site, who: Person, monkeypatch: pytest.MonkeyPatch
) -> tuple[Socket, asyncio.Event]:
    """A connection whose handshake was answered, and no more until the event is set."""
    may_go_on = held(monkeypatch, site.app.live.unread, "count", lambda: True)
    header = {"Authorization": f"Token {who.token}"}
    address = f"ws://127.0.0.1:{site.port}/live"
    his = Socket(await websockets.connect(address, additional_headers=header))
    await until(lambda: site.app.live.hub.of_user(who.id))
    return his, may_go_on


@pytest.mark.gen_test
async def test_no_sign_of_life_comes_before_hello(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    his, may_go_on = await coming(site, await site.person("bob"), monkeypatch)
    await site.app.live.keep()
    may_go_on.set()
    assert (await his.any_frame())["type"] == "hello"
    await his.close()


@pytest.mark.gen_test
async def test_who_comes_while_the_server_leaves_is_told_nothing_but_that(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    his, may_go_on = await coming(site, await site.person("bob"), monkeypatch)
    await site.app.live.drain(0.1)
    may_go_on.set()
    with pytest.raises(websockets.ConnectionClosed):
        await his.any_frame()
    assert await his.close_code() == 3001
