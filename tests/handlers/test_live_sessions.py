"""A credential that is over ends what was opened with it, on every way."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.event_streams import EventStream
from tests.handlers.raw_sockets import RawSocket
from tests.handlers.test_live_ends import by_cookie, give_password
from tests.sites import Site, until, within

DAYS_S = 14 * 86_400
ENDS_S = 3.0  # a second, on a busy machine


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[Site]:
    """A site whose clock is moved by hand."""
    with within(io_loop, Site(settings_for(database_name), store_uris, wall=hand_clock)) as made:
        yield made


async def still_there(socket: RawSocket) -> None:
    socket.send(1, b'{"type":"ping"}')
    while (await socket.json())["type"] != "pong":
        pass
    await socket.hang_up()


@pytest.mark.gen_test
async def test_a_session_that_is_over_ends_what_it_opened(
    site: Site, hand_clock: HandClock
) -> None:
    bob = await site.person("bob")
    await give_password(site, bob)
    by_token = await site.socket(bob)
    ended, renewed = await by_cookie(site, bob), await by_cookie(site, bob)
    cookie = await site.app.accounts.credentials.sign_in("bob", "correct horse")
    own = {"Cookie": f"carillon_session={cookie}"}
    stream = await EventStream.dial(site.port, "/live/events", own)
    await stream.of_type("hello")
    cursor = (await site.request("GET", "/live/changes", headers=own)).json["cursor"]
    path = f"/live/changes?since={cursor}&wait=30"
    poll = asyncio.create_task(site.request("GET", path, headers=own))
    await until(lambda: len(site.app.live.hub.of_user(bob.id)) == 5)
    hand_clock.move(DAYS_S - 10)
    renewed.send(1, b'{"type":"auth","token":"%b","ref":1}' % bob.token.encode())
    while (await renewed.json())["type"] != "done":
        pass
    assert len(site.app.live.hub.of_user(bob.id)) == 5
    hand_clock.move(11)
    async with asyncio.timeout(ENDS_S):
        assert (await ended.closing()).code == 3500
        assert (await stream.of_type("close"))["code"] == 3500
        assert (await poll).status == 401
    await still_there(renewed)
    await by_token.send(type="ping")
    await by_token.frame("pong")
    await by_token.close()
    await ended.hang_up()
    await stream.cut()
