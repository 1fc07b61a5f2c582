"""Rate limits and waiting after failures, over HTTP: each door, each dialect's answer."""

import base64
import time
from urllib.parse import urlencode

import pytest

from domain.clock import HOUR, SECOND
from models.users import NewUser
from tests.conftest import StoreUris, settings_for
from tests.sites import Answer, Site

ENVIRON = {
    "CARILLON_LIMITS_SENDS_USER": "3",
    "CARILLON_LIMITS_HANDSHAKES_TOKEN": "2",
    "CARILLON_LIMITS_SIGN_IN_ADDRESS": "4",
    "CARILLON_LIMITS_LOCK_OUT_PAIR": "2",
    "CARILLON_LIMITS_LOCK_OUT_ACCOUNT": "4",
}
PASSWORD = "correct horse"
LOGIN_FAILED = "error.user.login_failed"
TRIES = "Too many attempts to sign in. Try again in {} second{}."


def from_a_windows_start(environ: dict[str, str], name: str, uris: StoreUris) -> Site:
    """A site whose minute begins now."""
    shift = time.time_ns() % 60_000_000_000
    wall = lambda: (time.time_ns() - shift) // 1_000  # noqa: E731
    return Site(settings_for(name, **environ), uris, wall=wall)


@pytest.mark.gen_test
async def test_each_limit_says_where_one_stands_and_refuses_in_its_dialect(
    store_uris: StoreUris, database_name: str
) -> None:
    async with from_a_windows_start(ENVIRON, database_name, store_uris) as site:
        ann, bob = await site.people("ann", "bob")
        left = []
        for _ in range(3):
            answer = await site.send(ann, "x", bob)
            left.append(answer.headers["RateLimit-Remaining"])
        assert (left, answer.headers["RateLimit-Policy"]) == (["2", "1", "0"], "3;w=60")
        body = {"content": "x", "recipient_ids": [bob.id]}
        refused = await site.request("POST", "/messages/send/", ann, body=body)
        wait = refused.headers["Retry-After"]
        assert refused.status == 429
        said = f"Request was throttled. Expected available in {wait} second"
        assert refused.json["detail"].startswith(said)
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert (await site.send(bob, "x", ann)).headers["RateLimit-Remaining"] == "2"
        reading = await site.request("GET", "/messages/", ann)
        assert "RateLimit-Limit" not in reading.headers
        for _ in range(2):
            await (await site.socket(bob)).close()
        assert (await site.request("GET", "/live/events", bob)).status == 429
        assert (await site.request("POST", "/live/ticket", bob)).status == 429
        for door in ("/session", "/api/token-auth/", "/session", "/api/v1/session/authenticate"):
            signing = {"username": "ann", "password": "x"}
            assert (await site.request("POST", door, body=signing)).status in (400, 401, 429)
        last = await site.request("POST", "/api/v1/session/authenticate", body={})
        assert (last.status, last.json["code"]) == (429, "error.api.too_many")


def locked(answer: Answer) -> bool:
    return answer.status == 429


@pytest.mark.gen_test(timeout=30)
async def test_failures_make_a_name_wait_on_every_door_whether_it_is_anybodys_or_not(
    store_uris: StoreUris, database_name: str
) -> None:
    environ = {**ENVIRON, "CARILLON_LIMITS_ENABLED": "false"}
    now = [1_700_000_000 * SECOND]
    async with Site(
        settings_for(database_name, **environ), store_uris, wall=lambda: now[0]
    ) as site:
        hashed = await site.app.accounts.passwords.hash(PASSWORD)
        await site.app.accounts.add(NewUser("ann", password=hashed, rights=("services",)))

        async def sign_in(name: str, password: str) -> Answer:
            body = {"username": name, "password": password}
            return await site.request("POST", "/session", body=body)

        async def basic(name: str, password: str) -> Answer:
            said = base64.b64encode(f"{name}:{password}".encode()).decode()
            headers = {"Authorization": f"Basic {said}"}
            return await site.request("GET", "/api/v1/user/", headers=headers)

        async def token(name: str, password: str) -> Answer:
            body = {"username": name, "password": password}
            return await site.request("POST", "/api/token-auth/", body=body)

        begun = await site.request("GET", "/api/v1/session")

        async def api_session(name: str, password: str) -> Answer:
            query = urlencode({"token": begun.json["token"], "login": name, "password": password})
            return await site.request("POST", f"/api/v1/session/authenticate?{query}")

        for name in ("ann", "nobody"):
            assert (await api_session(name, "wrong")).json["code"] == LOGIN_FAILED
            assert (await basic(name, "wrong")).status == 401
            late = await api_session(name, PASSWORD)
            assert (late.status, late.json["code"]) == (429, "error.api.too_many")
            assert (late.json["debugText"], late.headers["Retry-After"]) == (
                TRIES.format(1, ""),
                "1",
            )
            answers = [await door(name, PASSWORD) for door in (sign_in, basic, token)]
            assert [one.status for one in answers] == [429, 429, 429]
            assert {one.json["detail"] for one in answers} == {TRIES.format(1, "")}
            assert answers[0].headers["Retry-After"] == "1"
        now[0] += SECOND + 1
        assert (await sign_in("ann", "wrong")).status == 401  # the third in a row: two seconds
        assert (await sign_in("ann", PASSWORD)).json == {"detail": TRIES.format(2, "s")}
        now[0] += 2 * SECOND + 1
        assert (await api_session("ann", PASSWORD)).status == 200
        assert (await sign_in("ann", "wrong")).status == 401
        assert (await sign_in("ann", PASSWORD)).status == 429  # the fourth of the name at all
        now[0] += HOUR
        assert (await sign_in("ann", PASSWORD)).status == 200
