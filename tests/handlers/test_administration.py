"""/accounts/users and what ends them: what administrators do with people, and who may."""

import asyncio
from typing import Any

import pytest

from tests.handlers.administration_calls import FORBIDDEN, USERS, noted, said
from tests.sites import Answer, Site

LAST = {"detail": "This is the last administrator who can sign in."}
LISTS = (
    USERS,
    "/accounts/groups/",
    "/accounts/tokens/",
    "/accounts/sessions/",
    "/audit/",
    "/audit",
)


@pytest.mark.gen_test
async def test_accounts_are_made_changed_and_ended(site: Site) -> None:
    root = await site.admin("root")
    assert said(await site.request("GET", USERS)) == (
        401,
        {"detail": "Authentication credentials were not provided."},
    )
    made = await site.request(
        "POST",
        USERS,
        root,
        body={"username": "Ann Lee", "email": "Ann@x.de", "rights": ["services", "services"]},
        headers={"Idempotency-Key": "one"},
    )
    shown = {
        "id": 2,
        "username": "Ann Lee",
        "email": "Ann@x.de",
        "email_verified": False,
        "is_active": True,
        "is_admin": False,
        "has_password": False,
        "rights": ["services"],
        "groups": [],
        "identities": [],
        "language": None,
        "time_zone": None,
        "created_at": made.json["created_at"],
    }
    assert said(made) == (201, shown)
    assert made.headers["Location"] == "/accounts/users/2/"
    for query in ("q=lee", "q=ANN%40", "q=an&limit=1"):
        listed = await site.request("GET", f"{USERS}?{query}", root)
        assert said(listed) == (
            200,
            {"count": 1, "next": None, "previous": None, "results": [shown]},
        )
    page = (await site.request("GET", f"{USERS}?limit=1", root)).json
    assert (page["count"], page["next"]) == (2, f"{site.base}{USERS}?limit=1&offset=1")
    change: dict[str, Any] = {"email": "b@x.de", "language": "de", "is_active": False, "rights": []}
    changed = await site.request("PATCH", f"{USERS}2/", root, body=change)
    assert said(changed) == (200, {**shown, **change})
    assert said(await site.request("GET", f"{USERS}2/", root)) == said(changed)
    assert (await site.request("DELETE", f"{USERS}2/", root)).status == 204
    for verb in ("GET", "PATCH", "DELETE"):
        body: dict[str, Any] | None = None if verb == "GET" else {}
        gone = await site.request(verb, f"{USERS}2/", root, body=body)
        assert said(gone) == (404, {"detail": "Not found."})
    assert await noted(site, root) == [
        ("users.delete", "2", 404),
        ("users.change", "2", 404),
        ("users.delete", "2", 204),
        ("users.change", "2", 200),
        ("users.create", "2", 201),
    ]


@pytest.mark.gen_test
async def test_what_is_wrong_is_said_and_nothing_happens(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    wrong: list[tuple[str, str, Any, int, Any]] = [
        ("POST", USERS, {}, 400, {"username": ["This field is required."]}),
        ("POST", USERS, {"username": "ann"}, 409, {"detail": "The username 'ann' is taken."}),
        (
            "POST",
            USERS,
            {"username": "x", "groups": [77], "is_admin": "maybe"},
            400,
            {"is_admin": ["Must be a valid boolean."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "groups": [77]},
            400,
            {"groups": ["There is no group 77."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "groups": [1_000_001]},
            400,
            {"groups": ["The system's groups are what they are."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "email_verified": True},
            400,
            {"email_verified": ["An address that is verified needs an email."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "rights": ["a", " "]},
            400,
            {"rights": {"1": ["This field may not be blank."]}},
        ),
        (
            "PATCH",
            f"{USERS}{ann.id}/",
            {"username": "b", "email": "no"},
            400,
            {
                "username": ["This field cannot be changed."],
                "email": ["Enter a valid email address."],
            },
        ),
        (
            "POST",
            f"{USERS}{ann.id}/password/",
            {"password": "short"},
            400,
            {"password": ["Ensure this field has at least 8 characters."]},
        ),
        (
            "POST",
            "/accounts/tokens/",
            {"user": 99},
            400,
            {"user": ["There is nobody with this id."]},
        ),
        (
            "POST",
            "/accounts/groups/",
            {"name": ":all"},
            400,
            {"name": ["Names that begin with a colon are the system's."]},
        ),
        (
            "PATCH",
            "/accounts/groups/1000001/",
            {"rights": ["x"]},
            409,
            {"detail": "The system's groups are what they are."},
        ),
        ("PUT", f"/accounts/groups/5/members/{ann.id}/", {}, 404, {"detail": "Not found."}),
        ("DELETE", f"{USERS}{root.id}/", None, 409, LAST),
        ("PATCH", f"{USERS}{root.id}/", {"is_admin": False}, 409, LAST),
        ("PATCH", f"{USERS}{root.id}/", {"is_active": False}, 409, LAST),
    ]
    before = (await site.request("GET", USERS, root)).json
    for verb, path, body, status, answer in wrong:
        assert said(await site.request(verb, path, root, body=body)) == (status, answer), path
    for path in LISTS:
        assert said(await site.request("GET", path, ann)) == (403, FORBIDDEN)
    assert said(await site.request("POST", USERS, ann, body={"username": "y"})) == (403, FORBIDDEN)
    query = await site.request("GET", "/audit?cursor=x", root)
    assert said(query) == (400, {"cursor": ["Not a cursor."]})
    assert (await site.request("GET", USERS, root)).json == before


@pytest.mark.gen_test
async def test_an_import_over_http_is_all_or_nothing(site: Site) -> None:
    root = await site.admin("root")
    path = "/accounts/users/import/"
    file = {"groups": [{"name": "g"}], "users": [{"username": "a", "groups": ["g"]}]}
    done = await site.request("POST", path, root, body=file)
    assert (done.status, done.json["users"], list(done.json["tokens"])) == (201, 1, ["a"])
    again = await site.request("POST", path, root, body=file)
    assert again.status == 400
    assert await noted(site, root) == [
        ("users.import", None, 400),
        ("users.import", "1 users", 201),
    ]


@pytest.mark.gen_test
async def test_under_a_key_an_account_or_a_group_is_made_once_and_noted_once(site: Site) -> None:
    root = await site.admin("root")
    for path, name in ((USERS, "username"), ("/accounts/groups/", "name")):
        headers = {"Idempotency-Key": "k"}

        async def ask(
            body: dict[str, str], path: str = path, headers: dict[str, str] = headers
        ) -> Answer:
            return await site.request("POST", path, root, body=body, headers=headers)

        first = await ask({name: "x"})
        assert said(await ask({name: "x"})) == said(first)
        assert first.status == 201
        assert (await ask({name: "y"})).status == 422
    actions = [one for one in await noted(site, root)]
    assert [one[0] for one in actions] == ["groups.create", "users.create"]


@pytest.mark.gen_test
async def test_of_two_administrators_who_end_each_other_one_is_left(site: Site) -> None:
    one, two = await site.admin("one"), await site.admin("two")
    answers = await asyncio.gather(
        site.request("DELETE", f"{USERS}{two.id}/", one),
        site.request("PATCH", f"{USERS}{one.id}/", two, body={"is_admin": False}),
    )
    assert sorted(answer.status for answer in answers) in ([200, 409], [204, 401], [204, 409])
    assert len(await site.app.accounts.store.users.administrators()) == 1
