"""Who is cut off when, and who stays: credentials that end, groups, silence, a server that goes."""

import asyncio
import random
import time
from typing import Any

import pytest

from domain.errors import Unavailable
from push.connection import CLOSED, LIVE
from services import live
from tests.account_parts import CHEAP
from tests.conftest import StoreUris, settings_for
from tests.handlers.raw_sockets import RawSocket, Silent, handshake
from tests.sites import Person, Site, Socket, until

PASSWORD = "correct horse"
AT_ONCE_S = 2.0  # on a loaded machine


async def give_password(site: Site, *people: Person) -> None:
    """One that is cheap to check."""
    site.app.accounts.passwords._hasher = CHEAP
    for who in people:
        await site.app.accounts.set_password(who.id, PASSWORD)


async def by_cookie(site: Site, who: Person) -> RawSocket:
    """A browser's connection, with a session of its own."""
    cookie = await site.app.accounts.credentials.sign_in(who.name, PASSWORD)
    own = f"127.0.0.1:{site.port}"
    headers = {"Host": own, "Origin": f"http://{own}", "Cookie": f"carillon_session={cookie}"}
    socket, head = await RawSocket.dial(site.port, handshake("/live", **headers))
    assert head.startswith("HTTP/1.1 101 "), head
    assert (await socket.json())["type"] == "hello"
    return socket


async def signed_out(*sockets: Socket | RawSocket) -> None:
    """All of them are closed promptly, and told not to come back."""
    for socket in sockets:
        async with asyncio.timeout(AT_ONCE_S):
            if isinstance(socket, Socket):
                assert await socket.close_code() == 3500
            else:
                assert (await socket.closing()).code == 3500


async def all_well(*sockets: Socket | RawSocket) -> None:
    """None of them is closed."""
    for socket in sockets:
        if isinstance(socket, Socket):
            await socket.send(type="ping")
            await socket.frame("pong")
            await socket.close()
        else:
            socket.send(1, b'{"type":"ping"}')
            while (await socket.json())["type"] != "pong":
                pass
            await socket.hang_up()


@pytest.mark.gen_test
async def test_a_revoked_token_ends_its_own_connections(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    credentials = site.app.accounts.credentials
    second = Person(bob.id, "bob", await credentials.make_token(bob.id))
    ended = [await site.socket(bob), await site.socket(bob)]
    others = [await site.socket(second), await site.socket(alice)]
    await credentials.revoke_token(bob.token)
    await signed_out(*ended)
    await all_well(*others)


@pytest.mark.gen_test
@pytest.mark.parametrize("how", ["deactivate", "delete"])
async def test_the_end_of_an_account_ends_all_its_connections(site: Site, how: str) -> None:
    alice, bob = await site.people("alice", "bob")
    await give_password(site, bob)
    ended: list[Socket | RawSocket] = [await site.socket(bob), await by_cookie(site, bob)]
    other = await site.socket(alice)
    await getattr(site.app.accounts, how)(bob.id)
    await signed_out(*ended)
    await all_well(other)


@pytest.mark.gen_test
async def test_a_session_that_ends_takes_its_own_connections_along(site: Site) -> None:
    (bob,) = await site.people("bob")
    await give_password(site, bob)
    ended, session, token = (
        await by_cookie(site, bob),
        await by_cookie(site, bob),
        await site.socket(bob),
    )
    first = site.app.live.hub.of_user(bob.id)[0]
    await site.app.accounts.credentials.sign_out(first.identity)
    await signed_out(ended)
    await all_well(session, token)


@pytest.mark.gen_test
async def test_a_new_password_ends_the_other_sessions_and_no_token(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await give_password(site, alice, bob)
    kept, ended = await by_cookie(site, bob), await by_cookie(site, bob)
    others: list[Socket | RawSocket] = [await by_cookie(site, alice), await site.socket(bob)]
    session = site.app.live.hub.of_user(bob.id)[0].identity.credential
    hashed = await site.app.accounts.passwords.hash("another one")
    await site.app.accounts.change(bob.id, {"password": hashed}, keep=session)
    await signed_out(ended)
    await all_well(kept, *others)


@pytest.mark.gen_test
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_revocation_does_not_slip_in_between(
    site: Site, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The token is good when the request comes; it ends while it is looked at again (H16)."""
    (bob,) = await site.people("bob")
    identities, credentials = site.app.identities, site.app.accounts.credentials
    check, others = identities.check, [await site.socket(bob)]

    async def interleaved(identity: Any) -> Any:
        if moment == "before":
            await credentials.revoke_token(bob.token)
        fresh = await check(identity)
        if moment == "after":
            await credentials.revoke_token(bob.token)
        return fresh

    monkeypatch.setattr(identities, "check", interleaved)
    socket, head = await RawSocket.dial(
        site.port, handshake("/live", Authorization=f"Token {bob.token}")
    )
    assert head.startswith("HTTP/1.1 101 ")
    frame = await socket.frame()
    assert (frame.opcode, frame.code) == (8, 3500), "nothing is told before"
    await signed_out(*others)
    await socket.hang_up()


@pytest.mark.gen_test
@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("unforeseen")])
@pytest.mark.expects_log("unforeseen")
async def test_who_cannot_be_checked_is_sent_away_and_leaves_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    (bob,) = await site.people("bob")

    async def broken(_: Any) -> None:
        raise error

    monkeypatch.setattr(site.app.identities, "check", broken)
    socket, _ = await RawSocket.dial(
        site.port, handshake("/live", Authorization=f"Token {bob.token}")
    )
    frame = await socket.frame()
    assert (frame.opcode, frame.code) == (8, 3011 if isinstance(error, Unavailable) else 1001)
    await socket.hang_up()
    await until(lambda: len(site.app.live.hub) == 0)


@pytest.mark.gen_test
async def test_while_a_user_cannot_be_looked_at_his_connections_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await site.people("alice", "bob")
    socket, other = await site.socket(bob), await site.socket(alice)

    async def away(_: int) -> None:
        raise Unavailable

    monkeypatch.setattr(site.app.identities, "user", away)
    await site.app.accounts.change(bob.id, {"language": "de"})
    assert await socket.close_code() == 3011
    await all_well(other)


class TestPings:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_PING_INTERVAL_S": "0.2"}

    @pytest.mark.gen_test(timeout=10)
    async def test_who_answers_stays_and_who_is_silent_is_closed(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        his = await RawSocket.connect(site, bob)
        hers = await site.socket(alice)
        for _ in range(2):
            assert site.app.live.cursor((await hers.frame("ping"))["cursor"]) is not None
        while (frame := await his.frame()).opcode != 8:
            pass
        assert frame.code == 1001
        assert site.app.live.hub.of_user(bob.id) == []
        await his.hang_up()
        await all_well(hers)

    @pytest.mark.gen_test
    async def test_the_next_sign_of_life_is_there_before_the_interval_is_over(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pings are looked at once in a while: the last look must not come too late."""
        (bob,) = await site.people("bob")
        object.__setattr__(site.settings.live, "ping_interval_s", 25.0)
        monkeypatch.setattr(random, "uniform", lambda least, most: most)
        socket = await site.socket(bob)
        (connection,) = site.app.live.hub
        for _ in range(2):
            assert connection.ping_at_s + live.KEPT_EVERY_S <= time.monotonic() + 25.0
            connection.ping_at_s = 0.0
            await site.app.live.keep()
        await all_well(socket)

    @pytest.mark.gen_test
    async def test_a_process_that_stood_still_closes_nobody(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        socket = await site.socket(bob)
        (connection,) = site.app.live.hub
        connection.heard_at_s -= 3_600
        connection.unanswered, connection.ping_at_s = 1, 0.0
        await site.app.live.keep()
        assert connection.state == LIVE
        await until(lambda: connection.unanswered == 0)
        await all_well(socket)


@pytest.mark.gen_test
async def test_a_deaf_process_sends_all_away_and_hears_none_of_their_clocks(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bob,) = await site.people("bob")
    socket = await site.socket(bob)
    ahead = {"Carillon-After": str(site.app.clock.now() + 59_000_000)}
    assert (await site.request("GET", "/messages/", bob, headers=ahead)).status == 200
    await site.app.live.keep()
    await socket.send(type="ping")
    await socket.frame("pong")
    monkeypatch.setattr(live, "DEAF_S", -1.0)  # however short ago it looked
    await site.app.live.keep()
    assert await socket.close_code() == 3010


@pytest.mark.gen_test
async def test_a_server_that_leaves_says_so_and_when_to_come_back(
    io_loop: Any, store_uris: StoreUris, database_name: str
) -> None:
    async with Site(settings_for(database_name), store_uris) as site:
        alice, bob = await site.people("alice", "bob")
        sockets = [await site.socket(who) for who in (alice, bob, bob)]
        connections = list(site.app.live.hub)
        began_s = time.monotonic()
        leaving = asyncio.create_task(site.app.live.drain())
        for socket in sockets:
            assert 0 <= (await socket.frame("bye"))["retry_ms"] <= 1_000
            assert await socket.close_code() == 3001
        await leaving
        assert time.monotonic() - began_s > 0.02, "they are not sent away in one moment"
        assert {one.state for one in connections} == {CLOSED}
        assert len(site.app.live.reader.tasks) == 0
        late = await site.app.live.open(connections[0].identity, Silent(), None)
        assert late.state == CLOSED
        await site.app.live.drain()
