"""Tokens for other people's programs, and credentials that are not good, over HTTP."""

import pytest

from tests.account_site import NOT_GIVEN, read, site, token_of
from tests.conftest import StoreUris


@pytest.mark.gen_test
async def test_administrators_make_tokens_for_addresses(
    store_uris: StoreUris, database_name: str
) -> None:
    async with site(store_uris, database_name) as one:
        path, email = "/api/v1/user/token/", {"email": " New@X.de "}
        root = await token_of(one.app, "root")
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
        path, root = "/api/v1/user/token/", await token_of(one.app, "root")
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
        alice = await one.ask("POST", path, {"email": "x"}, **await token_of(one.app, "alice"))
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
