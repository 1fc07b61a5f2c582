"""Who may come in by the websocket's door, and what the others are told before the upgrade."""

import asyncio

import pytest
from websockets import ClientConnection, Subprotocol, connect

from handlers.live.strict import TEXT
from services import live
from tests.handlers.raw_sockets import RawSocket, Refusal, handshake, refused
from tests.sites import Person, Site, Socket, until


async def asked(site: Site, path: str = "/live", **headers: str) -> Refusal:
    return await refused(site, handshake(path, **headers))


async def welcome(site: Site, path: str = "/live", **headers: str) -> None:
    """Come in with these headers, be greeted, and go."""
    socket, head = await RawSocket.dial(site.port, handshake(path, **headers))
    assert head.startswith("HTTP/1.1 101 "), head
    assert (await socket.json())["type"] == "hello"
    await socket.hang_up()


@pytest.mark.gen_test
async def test_a_plain_request_is_asked_to_upgrade(site: Site) -> None:
    (bob,) = await site.people("bob")
    for headers in ({}, {"Upgrade": "h2c", "Connection": "Upgrade"}):
        answer = await site.request("GET", "/live", bob, headers=headers)
        assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
        assert answer.json == {"detail": "This is a websocket. Connect with a websocket client."}
    assert (await site.request("POST", "/live", bob)).status == 405
    assert (await site.request("HEAD", "/live", bob)).status == 426


@pytest.mark.gen_test
async def test_a_broken_handshake_is_refused(site: Site) -> None:
    (bob,) = await site.people("bob")
    who = f"Token {bob.token}"
    for version in ("", "8", "14"):
        answer = await asked(site, Authorization=who, Sec_WebSocket_Version=version)
        assert (answer.status, answer.headers["Sec-WebSocket-Version"]) == (426, "13")
    assert (await asked(site, Authorization=who, Connection="keep-alive")).status == 426
    for key in ("", "short", "!" * 24):
        answer = await asked(site, Authorization=who, Sec_WebSocket_Key=key)
        assert (answer.status, answer.json) == (
            400,
            {"detail": "The websocket handshake is broken."},
        )


@pytest.mark.gen_test
async def test_a_cursor_that_is_none_is_refused(site: Site) -> None:
    (bob,) = await site.people("bob")
    for since in ("x", "%00", "%ED%A0%80", "ZX4xfjI", "A" * 5_000):
        answer = await asked(site, f"/live?since={since}", Authorization=f"Token {bob.token}")
        assert (answer.status, answer.json) == (400, {"since": ["Not a cursor."]}), since


@pytest.mark.gen_test
async def test_a_server_that_leaves_takes_nobody_in(site: Site) -> None:
    (bob,) = await site.people("bob")
    site.app.live.is_draining = True
    answer = await asked(site, Authorization=f"Token {bob.token}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json == {"detail": "The server is leaving. Connect again."}


@pytest.mark.gen_test
async def test_a_server_that_is_deaf_takes_nobody_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bob,) = await site.people("bob")
    monkeypatch.setattr(live, "DEAF_S", -1.0)  # however short ago it looked: it looks all the time
    answer = await asked(site, Authorization=f"Token {bob.token}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


class TestRoom:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_CONNECTIONS_PER_USER": "2"}

    @pytest.mark.gen_test
    async def test_one_connection_too_many_is_refused(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        first, second = await site.socket(bob), await site.socket(bob)
        answer = await asked(site, Authorization=f"Token {bob.token}")
        assert (answer.status, answer.json) == (429, {"detail": "Too many connections."})
        await welcome(site, Authorization=f"Token {alice.token}")
        await first.close()
        await until(lambda: len(site.app.live.hub.of_user(bob.id)) == 1)
        await welcome(site, Authorization=f"Token {bob.token}")
        await second.close()

    @pytest.mark.gen_test
    async def test_those_who_come_together_do_not_slip_in(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        request = handshake("/live", Authorization=f"Token {bob.token}")
        came = await asyncio.gather(*(RawSocket.dial(site.port, request) for _ in range(8)))
        assert site.app.live.open_of(bob.id) <= 2
        for socket, head in came:
            if head.startswith("HTTP/1.1 101 "):
                first = await socket.frame()
                assert first.opcode == TEXT or first.code == 3012
            await socket.hang_up()


@pytest.mark.gen_test
async def test_hello_says_where_and_what(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "one", bob)
    socket = await site.socket(bob)
    hello = {key: value for key, value in socket.hello.items() if key not in ("cursor", "epoch")}
    counts = {"messages": 1, "notices": 0, "announcements": 0}
    at = hello["unread"].pop("at")
    assert hello == {"type": "hello", "unread": counts, "ping": 25.0}
    assert 0 <= site.app.clock.now() - at < 10_000_000
    assert site.app.live.feed.epoch == socket.hello["epoch"]
    assert site.app.live.cursor(socket.hello["cursor"]) is not None
    again = await site.socket(bob, since=socket.hello["cursor"])
    assert again.hello["cursor"] == socket.hello["cursor"]
    await socket.close()
    await again.close()


async def speaking(site: Site, who: Person, *protocols: str) -> ClientConnection:
    return await connect(
        f"ws://127.0.0.1:{site.port}/live",
        subprotocols=[Subprotocol(one) for one in protocols] or None,
        additional_headers={"Authorization": f"Token {who.token}"},
    )


@pytest.mark.gen_test
async def test_the_subprotocol_is_agreed_on_when_it_is_offered(site: Site) -> None:
    (bob,) = await site.people("bob")
    for offered, agreed in [
        (("carillon.v1",), "carillon.v1"),
        (("other", "carillon.v1"), "carillon.v1"),
        (("other",), None),
        ((), None),
    ]:
        connection = await speaking(site, bob, *offered)
        assert connection.subprotocol == agreed
        await Socket(connection).greeted()
        await connection.close()


@pytest.mark.gen_test
async def test_who_leaves_during_the_handshake_leaves_nothing(site: Site) -> None:
    """Whatever the moment: before, while and after he is checked."""
    (bob,) = await site.people("bob")
    request = handshake("/live", Authorization=f"Token {bob.token}")
    for turns in range(40):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(request)
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        writer.transport.abort()
        reader.feed_eof()
    await until(lambda: len(site.app.live.hub) == 0)
    await welcome(site, Authorization=f"Token {bob.token}")
