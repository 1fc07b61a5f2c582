"""Signing in and one's own account, over HTTP on a real socket."""

import pytest

from tests.account_site import NOT_GIVEN, PASSWORD, read, site, token_of
from tests.conftest import StoreUris


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
        assert ended.headers["Set-Cookie"].startswith('carillon_session=""; expires=')
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
        for origin in ("https://evil.example", "null", "https://ring.example.org.evil", "http://["):
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
        token = await token_of(one.app, "alice")
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
        token = await token_of(one.app, "alice")
        edit = {"password": "a third one"}
        assert (await one.ask("PATCH", "/account/", edit, **token)).code == 200
        assert (await one.ask("GET", "/session", **browser)).code == 401
        await one.sign_in(password="a third one")


@pytest.mark.gen_test
async def test_a_deactivated_account_is_told_so(store_uris: StoreUris, database_name: str) -> None:
    async with site(store_uris, database_name) as one:
        browser, token = await one.sign_in(), await token_of(one.app, "alice")
        await one.app.accounts.deactivate(1)
        answer = await one.ask("GET", "/account/", **token)
        assert (answer.code, read(answer)) == (401, {"detail": "User inactive or deleted."})
        assert (await one.ask("GET", "/session", **browser)).code == 401
