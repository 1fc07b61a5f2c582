"""Signing in, one's own account and tokens for others, over HTTP on a real socket."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from embedded.stores import Endpoints
from handlers.routes import application
from models.groups import NewGroup
from models.users import NewUser
from server import Carillon
from services.app import App
from tests.conftest import StoreUris, settings_for

PASSWORD = "correct horse"
NOT_GIVEN = {"detail": "Authentication credentials were not provided."}


@dataclass
class Site:
    """A served application and its client, which follows nothing and never raises."""

    app: App
    address: str

    async def ask(self, verb: str, path: str, body: object = None, **headers: str) -> HTTPResponse:
        sent = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named["Content-Type"] = "application/json"
        return await AsyncHTTPClient().fetch(
            f"http://{self.address}{path}",
            method=verb,
            body=sent,
            headers=named,
            raise_error=False,
            allow_nonstandard_methods=True,
        )

    async def sign_in(self, username: str = "alice", password: str = PASSWORD) -> dict[str, str]:
        """The headers of a signed-in browser's writes."""
        body = {"username": username, "password": password}
        answer = await self.ask("POST", "/session", body)
        assert answer.code == 200, answer.body
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X_CSRF_Token": read(answer)["csrf_token"]}


def read(answer: HTTPResponse) -> Any:
    return json.loads(answer.body)


@asynccontextmanager
async def site(uris: StoreUris, name: str, **environ: str) -> AsyncIterator[Site]:
    """Carillon on a free port with a user alice (1, of two groups) and an administrator (2)."""
    carillon = Carillon(settings_for(name, **environ), Endpoints(uris.mongodb, uris.redis))
    app = await carillon.begin()
    server = HTTPServer(application(app))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    try:
        hashed = await app.accounts.passwords.hash(PASSWORD)
        group = await app.accounts.groups.add(NewGroup("staff"))
        alice = NewUser("alice", "a@x.de", email_verified=True, password=hashed, groups=(group,))
        await app.accounts.add(alice)
        await app.accounts.add(NewUser("root", is_admin=True, password=hashed))
        yield Site(app, f"127.0.0.1:{port}")
    finally:
        server.stop()
        await server.close_all_connections()
        await carillon.database.drop()
        await carillon.end()


async def _token(app: App, username: str) -> Mapping[str, str]:
    user = await app.accounts.named(username)
    return {"Authorization": f"Token {await app.accounts.credentials.make_token(user['_id'])}"}


@pytest.mark.gen_test
async def test_signing_in_and_out(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        assert (await one.ask("GET", "/session")).code == 401
        body = {"username": " alice ", "password": PASSWORD}
        answer = await one.ask("POST", "/session", body)
        shown = read(answer)
        token = shown.pop("csrf_token")
        assert (answer.code, len(token)) == (200, 64)
        alice = {"id": 1, "username": "alice", "email": "a@x.de", "is_admin": False}
        assert shown == {"user": {**alice, "language": None, "time_zone": None}}
        cookie, *rest = answer.headers["Set-Cookie"].split("; ")
        assert sorted(rest) == ["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax"]
        again = await one.ask("GET", "/session", Cookie=cookie)
        assert (again.code, read(again)["csrf_token"]) == (200, token)
        for wrong in ({}, {"X_CSRF_Token": "x"}):
            refused = await one.ask("DELETE", "/session", Cookie=cookie, **wrong)
            assert (refused.code, "CSRF" in read(refused)["detail"]) == (403, True)
        ended = await one.ask("DELETE", "/session", Cookie=cookie, X_CSRF_Token=token)
        assert (ended.code, ended.body) == (204, b"")
        assert "Max-Age=0" in ended.headers["Set-Cookie"]
        assert (await one.ask("GET", "/session", Cookie=cookie)).code == 401


@pytest.mark.gen_test
async def test_a_wrong_password_says_nothing_more(
    store_uris: StoreUris, database_name: str
) -> None:
    async with site(store_uris, database_name) as one:
        await one.app.accounts.deactivate(2)
        wrong = [("alice", "wrong"), ("nobody", PASSWORD), ("root", PASSWORD), ("ALICE", PASSWORD)]
        for username, password in wrong:
            body = {"username": username, "password": password}
            answer = await one.ask("POST", "/session", body)
            assert (answer.code, read(answer)) == (
                401,
                {"detail": "Invalid username or password."},
            )
            assert "Set-Cookie" not in answer.headers
        required, blank = ["This field is required."], ["This field may not be blank."]
        for sent, problems in [
            ({}, {"username": required, "password": required}),
            ({"username": "", "password": ""}, {"username": blank, "password": blank}),
            (
                {"username": "a\0", "password": 5},
                {
                    "username": ["Null characters are not allowed."],
                    "password": ["Not a valid string."],
                },
            ),
        ]:
            answer = await one.ask("POST", "/session", sent)
            assert (answer.code, read(answer)) == (400, problems)


@pytest.mark.gen_test
async def test_only_our_own_pages_sign_people_in(store_uris: StoreUris, database_name: str) -> None:
    public = {"CARILLON_SERVER_PUBLIC_URL": "https://ring.example.org"}
    async with site(store_uris, database_name, **public) as one:
        body = {"username": "alice", "password": PASSWORD}
        for origin in ("https://evil.example", "null", "https://ring.example.org.evil"):
            answer = await one.ask("POST", "/session", body, Origin=origin)
            assert (answer.code, read(answer)) == (
                403,
                {"detail": "Sign in from this server's own pages."},
            )
        for origin in (f"http://{one.address}", "https://ring.example.org"):
            answer = await one.ask("POST", "/session", body, Origin=origin)
            assert answer.code == 200
            assert "Secure" in answer.headers["Set-Cookie"].split("; ")


@pytest.mark.gen_test
async def test_programs_use_their_token_without_csrf(
    store_uris: StoreUris, database_name: str
) -> None:
    async with site(store_uris, database_name) as one:
        token = await _token(one.app, "alice")
        bearer = {"Authorization": token["Authorization"].replace("Token", "Bearer")}
        for headers in (token, bearer):
            answer = await one.ask("PATCH", "/account/", {"language": "de"}, **headers)
            assert (answer.code, read(answer)["language"]) == (200, "de")
        answer = await one.ask("GET", "/session", **token)
        assert (answer.code, read(answer)["csrf_token"]) == (200, None)
        assert (await one.ask("DELETE", "/session", **token)).code == 404
        assert (await one.ask("GET", "/session", **token)).code == 200


@pytest.mark.gen_test
async def test_ones_own_account(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        nobody = await one.ask("GET", "/account/")
        assert (nobody.code, read(nobody)) == (401, NOT_GIVEN)
        browser = await one.sign_in()
        shown = {
            "id": 1,
            "username": "alice",
            "email": "a@x.de",
            "email_verified": True,
            "language": None,
            "time_zone": None,
            "is_admin": False,
            "groups": [{"id": 1, "name": "staff"}],
        }
        answer = await one.ask("GET", "/account/", **browser)
        assert (answer.code, read(answer)) == (200, shown)
        echo = await one.ask("PATCH", "/account/", {**shown, "is_admin": True}, **browser)
        assert (echo.code, read(echo)) == (200, shown)
        edit = {"email": "new@x.de", "language": "pt-BR", "time_zone": "Europe/Berlin"}
        answer = await one.ask("PATCH", "/account/", edit, **browser)
        assert read(answer) == {**shown, **edit, "email_verified": False}
        answer = await one.ask("PATCH", "/account/", {"email": None, "language": ""}, **browser)
        assert read(answer) == {
            **shown,
            "email": None,
            "email_verified": False,
            "time_zone": "Europe/Berlin",
        }
        wrong = await one.ask("PUT", "/account/", edit, **browser)
        assert (wrong.code, wrong.headers["Allow"]) == (405, "GET, PATCH, HEAD, OPTIONS")


@pytest.mark.gen_test
async def test_a_wrong_edit_changes_nothing(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        browser = await one.sign_in()
        edit = {"email": "x", "language": "!", "time_zone": "Mars", "password": "short"}
        answer = await one.ask("PATCH", "/account/", {**edit}, **browser)
        assert (answer.code, read(answer)) == (
            400,
            {
                "email": ["Enter a valid email address."],
                "language": ["Enter a valid language tag, for example de or pt-BR."],
                "time_zone": ["Enter a valid time zone, for example Europe/Berlin."],
                "password": ["Ensure this field has at least 8 characters."],
            },
        )
        edit = {"language": "de", "password": "another one"}
        for present, problem in [
            ({}, "This field is required."),
            ({"current_password": "wrong"}, "Wrong password."),
        ]:
            answer = await one.ask("PATCH", "/account/", {**edit, **present}, **browser)
            assert (answer.code, read(answer)) == (400, {"current_password": [problem]})
        assert read(await one.ask("GET", "/account/", **browser))["language"] is None


@pytest.mark.gen_test
async def test_a_new_password_keeps_this_session_alone(
    store_uris: StoreUris, database_name: str
) -> None:
    async with site(store_uris, database_name) as one:
        browser, other = await one.sign_in(), await one.sign_in()
        edit = {"password": "another one", "current_password": PASSWORD}
        assert (await one.ask("PATCH", "/account/", edit, **browser)).code == 200
        assert (await one.ask("GET", "/session", **browser)).code == 200
        assert (await one.ask("GET", "/session", **other)).code == 401
        await one.sign_in(password="another one")
        token = await _token(one.app, "alice")
        edit = {"password": "a third one"}
        assert (await one.ask("PATCH", "/account/", edit, **token)).code == 200
        assert (await one.ask("GET", "/session", **browser)).code == 401
        await one.sign_in(password="a third one")


@pytest.mark.gen_test
async def test_administrators_make_tokens_for_addresses(
    store_uris: StoreUris, database_name: str
) -> None:
    async with site(store_uris, database_name) as one:
        path, email = "/api/v1/user/token/", {"email": " New@X.de "}
        root = await _token(one.app, "root")
        made = [await one.ask("POST", path, email, **root) for _ in range(2)]
        tokens = [read(answer)["token"] for answer in made]
        assert [answer.code for answer in made] == [201, 201]
        assert [list(read(answer)) for answer in made] == [["token"]] * 2
        assert [len(token) for token in tokens] == [40, 40]
        assert tokens[0] != tokens[1]
        for token in tokens:
            answer = await one.ask("GET", "/account/", Authorization=f"Token {token}")
            shown = read(answer)
            assert (shown["username"], shown["email"]) == ("New@X.de", "New@X.de")
        basic = await one.ask("POST", path, email, Authorization="Basic cm9vdDpjb3JyZWN0IGhvcnNl")
        assert basic.code == 201


@pytest.mark.gen_test
async def test_a_token_for_an_address_is_refused(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        path, root = "/api/v1/user/token/", await _token(one.app, "root")
        for sent, problem in [
            ({}, "This field is required."),
            ({"email": None}, "This field may not be null."),
            ({"email": " "}, "This field may not be blank."),
            ({"email": "nobody"}, "Enter a valid email address."),
            ({"email": []}, "Not a valid string."),
        ]:
            answer = await one.ask("POST", path, sent, **root)
            assert (answer.code, read(answer)) == (400, {"email": [problem]})
        listed = await one.ask("POST", path, [], **root)
        assert read(listed) == {
            "non_field_errors": ["Invalid data. Expected a dictionary, but got list."]
        }
        nobody = await one.ask("POST", path, {"email": "a@x.de"})
        assert (nobody.code, read(nobody)) == (401, NOT_GIVEN)
        assert nobody.headers["WWW-Authenticate"] == 'Basic realm="api"'
        alice = await one.ask("POST", path, {"email": "x"}, **await _token(one.app, "alice"))
        assert (alice.code, read(alice)) == (
            403,
            {"detail": "You do not have permission to perform this action."},
        )
        got = await one.ask("GET", path, **root)
        assert (got.code, read(got)) == (405, {"detail": 'Method "GET" not allowed.'})
        assert got.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("Token 0123", "Invalid token."),
        ("token", "Invalid token header. No credentials provided."),
        ("Token a b", "Invalid token header. Token string should not contain spaces."),
        ("Basic YTpi", "Invalid username/password."),
        ("Digest x", "Authentication credentials were not provided."),
    ],
)
async def test_credentials_that_are_not_good(
    store_uris: StoreUris, database_name: str, authorization: str, detail: str
) -> None:
    async with site(store_uris, database_name) as one:
        answer = await one.ask(
            "POST", "/api/v1/user/token/", {"email": "a@x.de"}, Authorization=authorization
        )
        assert (answer.code, read(answer)) == (401, {"detail": detail})


@pytest.mark.gen_test
async def test_a_deactivated_account_is_told_so(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        browser, token = await one.sign_in(), await _token(one.app, "alice")
        await one.app.accounts.deactivate(1)
        answer = await one.ask("GET", "/account/", **token)
        assert (answer.code, read(answer)) == (401, {"detail": "User inactive or deleted."})
        assert (await one.ask("GET", "/session", **browser)).code == 401
