"""By which credentials one comes in at the websocket's door: tokens, cookies, tickets."""

import asyncio
from typing import Any

import pytest

from carillon import wall_us
from domain.clock import SECOND
from services.credentials import TICKET_LIFE_US
from tests.conftest import StoreUris, settings_for
from tests.handlers.raw_sockets import RawSocket, handshake
from tests.handlers.test_live_door import asked, welcome
from tests.sites import Person, Site

NOT_GIVEN = {"detail": "Authentication credentials were not provided."}
INVALID = {"detail": "Invalid token."}
FOREIGN = {"detail": "This origin may not connect."}


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
    async def test_a_ticket_for_a_session_comes_in_from_anywhere(self, site: Site) -> None:
        """It is nothing that comes along by itself: a page of ours gave it to somebody."""
        (bob,) = await site.people("bob")
        cookie = await cookie_of(site, bob)
        known = await site.app.identities.by_cookie(cookie.partition("=")[2])
        asking = {"Cookie": cookie, "X-CSRF-Token": str(known.csrf_token)}
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = await site.request("POST", "/live/ticket", headers=asking)
            await welcome(site, f"/live?ticket={answer.json['ticket']}", **headers)
        foreign = {"Cookie": cookie, "Origin": "https://evil.example"}
        for none in ("", "%20", "&ticket="):
            assert (await asked(site, f"/live?ticket={none}", **foreign)).status == 403
        bare = await site.request("POST", "/live/ticket", headers={"Cookie": cookie})
        assert bare.status == 403

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
