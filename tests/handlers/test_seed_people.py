"""Users and groups over HTTP, and lists by limit and offset (stages contract, 1.1 and 1.3.1)."""

from typing import Any

import pytest

from models.groups import NewGroup
from tests.sites import Person, Site

FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}


async def worker(site: Site) -> Person:
    return await site.person("worker", rights=("services",))


@pytest.mark.gen_test
async def test_users_as_the_seed_shows_them(site: Site) -> None:
    who = await worker(site)
    group = await site.app.accounts.groups.add(NewGroup("Admins"))
    john = await site.person("john", email="john@example.org", groups=(group,))
    base = f"{site.base}/api/v1"
    shown = {
        "email": "john@example.org",
        "groups": [f"{base}/group/{group}/"],
        "url": f"{base}/user/{john.id}/",
        "username": "john",
    }
    mine = {"email": "", "groups": [], "url": f"{base}/user/{who.id}/", "username": "worker"}
    for slash in ("/", ""):
        listed = await site.request("GET", f"/api/v1/user{slash}", who)
        assert (listed.status, listed.json) == (
            200,
            {"count": 2, "next": None, "previous": None, "results": [shown, mine]},
        )
        one = await site.request("GET", f"/api/v1/user/{john.id}{slash}", who)
        assert (one.status, one.json) == (200, shown)


@pytest.mark.gen_test
async def test_groups_as_the_seed_shows_them(site: Site) -> None:
    who = await worker(site)
    groups = [await site.app.accounts.groups.add(NewGroup(name)) for name in ("Admins", "Staff")]
    base = f"{site.base}/api/v1"
    admins, staff = (
        {"name": name, "url": f"{base}/group/{group}/"}
        for name, group in zip(("Admins", "Staff"), groups, strict=True)
    )
    listed = await site.request("GET", "/api/v1/group/", who)
    assert (listed.status, listed.json) == (
        200,
        {"count": 2, "next": None, "previous": None, "results": [staff, admins]},
    )
    one = await site.request("GET", f"/api/v1/group/{groups[0]}/", who)
    assert (one.status, one.json) == (200, admins)


@pytest.mark.gen_test
async def test_what_is_not_there(site: Site) -> None:
    who = await worker(site)
    for path in ("user/777", "group/777", "group/1000001", "user/0", "user/x", "user/-1"):
        for digits in ("", "9" * 400):
            answer = await site.request("GET", f"/api/v1/{path}{digits}/", who)
            assert (path, answer.status, answer.json) == (path, 404, NOT_FOUND)


@pytest.mark.gen_test
async def test_who_may_read_them(site: Site) -> None:
    alice, root = await site.person("alice"), await site.admin()
    for path in ("/api/v1/user/", "/api/v1/group/", "/api/metrics/", f"/api/v1/user/{alice.id}/"):
        assert (await site.request("GET", path, root)).status == 200
        refused = await site.request("GET", path, alice)
        assert (refused.status, refused.json) == (403, FORBIDDEN)
        nobody = await site.request("GET", path)
        assert nobody.status == 401
        assert nobody.headers["WWW-Authenticate"] == 'Basic realm="api"'
        page = await site.request("GET", path, headers={"Sec-Fetch-Mode": "cors"})
        assert page.status == 401
        assert "WWW-Authenticate" not in page.headers


def walk(base: str, query: str) -> str:
    return f"{base}/api/v1/user/?{query}"


@pytest.mark.gen_test
async def test_windows_of_a_list(site: Site) -> None:
    who = await worker(site)
    await site.people("b", "c", "d", "e")
    base = site.base
    cases: list[tuple[str, str | None, str | None, list[str]]] = [
        ("limit=2", walk(base, "limit=2&offset=2"), None, ["e", "d"]),
        ("limit=2&offset=2", walk(base, "limit=2&offset=4"), walk(base, "limit=2"), ["c", "b"]),
        ("offset=4&limit=2", None, walk(base, "limit=2&offset=2"), ["worker"]),
        ("offset=1", None, walk(base, "limit=1000"), ["d", "c", "b", "worker"]),
        ("limit=2&offset=9", None, walk(base, "limit=2&offset=7"), []),
        ("limit=0", None, None, ["e", "d", "c", "b", "worker"]),
        ("limit=-3&offset=x", None, None, ["e", "d", "c", "b", "worker"]),
        ("limit=" + "9" * 30, None, None, ["e", "d", "c", "b", "worker"]),
        (
            "zz=%C3%A9&limit=1&a=1&a=2",
            walk(base, "a=1&a=2&limit=1&offset=1&zz=%C3%A9"),
            None,
            ["e"],
        ),
    ]
    for query, following, before, names in cases:
        answer = await site.request("GET", f"/api/v1/user/?{query}", who)
        envelope: dict[str, Any] = answer.json
        seen = [one["username"] for one in envelope.pop("results")]
        wanted = {"count": 5, "next": following, "previous": before}
        assert (query, answer.status, envelope, seen) == (query, 200, wanted, names)


@pytest.mark.gen_test
async def test_links_begin_with_what_the_client_used(site: Site) -> None:
    who = await worker(site)
    answer = await site.request(
        "GET", "/api/v1/user?limit=1", who, headers={"Host": "ring.example.org:81"}
    )
    assert answer.json["results"][0]["url"] == "http://ring.example.org:81/api/v1/user/1/"
    await site.person("another")
    more = await site.request("GET", "/api/v1/user?limit=1", who, headers={"Host": "x"})
    assert more.json["next"] == "http://x/api/v1/user?limit=1&offset=1"
