"""Who may come in by the websocket's door, and what the others are told before the upgrade."""

import asyncio
from typing import Any

import pytest
from websockets import ClientConnection, Subprotocol, connect

from carillon import wall_us
from domain.clock import SECOND
from handlers.live.strict import TEXT
from services import live
from services.credentials import TICKET_LIFE_US
from tests.conftest import StoreUris, settings_for
from tests.handlers.raw_sockets import RawSocket, Refusal, handshake, refused
from tests.sites import Person, Site, Socket, until

NOT_GIVEN = {"detail": "Authentication credentials were not provided."}
INVALID = {"detail": "Invalid token."}
FOREIGN = {"detail": "This origin may not connect."}


async def asked(site: Site, path: str = "/live", **headers: str) -> Refusal:
    return await refused(site, handshake(path, **headers))


async def welcome(site: Site, path: str = "/live", **headers: str) -> None:
    """Come in with these headers, be greeted, and go."""
    socket, head = await RawSocket.dial(site.port, handshake(path, **headers))
    assert head.startswith("HTTP/1.1 101 "), head
    assert (await socket.json())["type"] == "hello"
    await socket.hang_up()


async def cookie_of(site: Site, who: Person, password: str = "correct horse") -> str:  # noqa: S107
    await site.app.accounts.set_password(who.id, password)
    secret = await site.app.accounts.credentials.sign_in(who.name, password)
    return f"carillon_session={secret}"


async def ticket_of(site: Site, who: Person) -> str:
    answer = await site.request("POST", "/live/ticket", who)
    assert (answer.status, answer.json["expires_in"]) == (201, 10)
    return f"/live?ticket={answer.json['ticket']}"


@pytest.mark.gen_test
async def test_a_token_lets_in_under_either_name(site: Site) -> None:
    (bob,) = await site.people("bob")
    for scheme in ("Token", "Bearer", "token", "BEARER"):
        await welcome(site, Authorization=f"{scheme} {bob.token}")


@pytest.mark.gen_test
async def test_without_good_credentials_nobody_comes_in(site: Site) -> None:
    (bob,) = await site.people("bob")
    nobody = await asked(site)
    assert (nobody.status, nobody.json) == (401, NOT_GIVEN)
    assert nobody.headers["WWW-Authenticate"] == "Token"
    assert nobody.headers["Content-Type"] == "application/json"
    for wrong in (f"Token {'0' * 40}", f"Bearer {bob.token}x"):
        answer = await asked(site, Authorization=wrong)
        assert (answer.status, answer.json) == (401, INVALID)
    basic = await asked(site, Authorization="Basic Ym9iOnBhc3M=")
    assert (basic.status, basic.json) == (401, NOT_GIVEN)
    in_the_address = await asked(site, f"/live?token={bob.token}")
    assert (in_the_address.status, in_the_address.json) == (401, NOT_GIVEN)


@pytest.mark.gen_test
async def test_a_deactivated_user_and_a_revoked_token_stay_outside(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await welcome(site, Authorization=f"Token {alice.token}")
    await site.app.accounts.deactivate(alice.id)
    answer = await asked(site, Authorization=f"Token {alice.token}")
    assert (answer.status, answer.json) == (401, {"detail": "User inactive or deleted."})
    await site.app.accounts.credentials.revoke_token(bob.token)
    answer = await asked(site, Authorization=f"Token {bob.token}")
    assert (answer.status, answer.json) == (401, INVALID)


class TestCookies:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {
            "CARILLON_LIVE_ORIGINS": "https://Other.example.org/,https://third.example.org",
            "CARILLON_SERVER_PUBLIC_URL": "https://ring.example.org",
        }

    @pytest.mark.gen_test
    async def test_a_cookie_comes_in_from_our_own_pages_alone(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        cookie, ours = await cookie_of(site, bob), f"127.0.0.1:{site.port}"
        for origin in (
            f"http://{ours}",
            "https://ring.example.org",
            "https://other.example.org",
            "https://THIRD.example.org",
        ):
            await welcome(site, Host=ours, Cookie=cookie, Origin=origin)
        for origin in (
            "",
            "null",
            f"https://{ours}",
            "http://ring.example.org",
            "https://ring.example.org.evil.example",
            "https://evil.example/https://ring.example.org",
        ):
            answer = await asked(site, Host=ours, Cookie=cookie, Origin=origin)
            assert (answer.status, answer.json) == (403, FOREIGN), origin

    @pytest.mark.gen_test
    async def test_a_token_comes_in_from_anywhere(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        await welcome(site, Authorization=f"Token {bob.token}", Origin="https://evil.example")

    @pytest.mark.gen_test
    async def test_a_cookie_that_is_none_is_401_and_asks_for_no_password(self, site: Site) -> None:
        answer = await asked(site, Cookie="carillon_session=x", Origin="https://ring.example.org")
        assert (answer.status, answer.json) == (401, NOT_GIVEN)
        assert "WWW-Authenticate" not in answer.headers


@pytest.mark.gen_test
async def test_a_ticket_lets_in_once(site: Site) -> None:
    (bob,) = await site.people("bob")
    path = await ticket_of(site, bob)
    await welcome(site, path)
    again = await asked(site, path)
    assert (again.status, again.json) == (401, INVALID)
    assert (await asked(site, "/live?ticket=x")).status == 401


@pytest.mark.gen_test
async def test_of_many_who_come_with_one_ticket_one_comes_in(site: Site) -> None:
    (bob,) = await site.people("bob")
    request = handshake(await ticket_of(site, bob))
    came = await asyncio.gather(*(RawSocket.dial(site.port, request) for _ in range(5)))
    assert sorted(head.split()[1] for _, head in came) == ["101", "401", "401", "401", "401"]
    for socket, _ in came:
        await socket.hang_up()


@pytest.mark.gen_test
async def test_a_ticket_is_good_for_seconds_and_no_longer_than_its_credential(
    io_loop: Any, store_uris: StoreUris, database_name: str
) -> None:
    later = [0]
    settings = settings_for(database_name)
    async with Site(settings, store_uris, wall=lambda: wall_us() + later[0]) as site:
        (bob,) = await site.people("bob")
        in_time, too_late = await ticket_of(site, bob), await ticket_of(site, bob)
        later[0] = TICKET_LIFE_US - SECOND
        await welcome(site, in_time)
        later[0] = TICKET_LIFE_US + SECOND
        assert (await asked(site, too_late)).status == 401
        revoked = await ticket_of(site, bob)
        await site.app.accounts.credentials.revoke_token(bob.token)
        assert (await asked(site, revoked)).status == 401


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
