"""Administrators see what was told to everyone or to groups, and how many that would be."""

import pytest

from tests.sites import Site


@pytest.mark.gen_test
async def test_what_was_told_and_to_how_many(site: Site) -> None:
    admin, (alice, _) = await site.admin(), await site.people("alice", "bob")
    everyone = (await site.request("GET", "/broadcasts/audience", admin)).json["users"]
    assert everyone >= 3
    assert (await site.request("GET", "/broadcasts/audience?group=999", admin)).json == {"users": 0}
    for path in ("/broadcasts/audience?group=x", "/broadcasts/?cursor=x"):
        assert (await site.request("GET", path, admin)).status == 400
    for text in ("one", "two"):
        body = {"content": text, "audience": "everyone"}
        assert (await site.request("POST", "/notices/send/", admin, body=body)).status == 201
    page = (await site.request("GET", "/broadcasts/?limit=1", admin)).json
    assert [one["content"] for one in page["broadcasts"]] == ["two"]
    assert page["broadcasts"][0]["audience"] == "everyone"
    assert page["broadcasts"][0]["by"]["id"] == admin.id
    page = (await site.request("GET", f"/broadcasts/?limit=1&cursor={page['next']}", admin)).json
    assert [one["content"] for one in page["broadcasts"]] == ["one"]
    for path in ("/broadcasts/", "/broadcasts/audience"):
        assert (await site.request("GET", path, alice)).status == 403


@pytest.mark.gen_test
async def test_who_read_what_was_told(site: Site) -> None:
    admin, readers = await site.admin("crier"), await site.people("carol", "dave", "erin")
    told = {"content": "told", "audience": "everyone"}
    assert (await site.request("POST", "/notices/send/", admin, body=told)).status == 201
    page = (await site.request("GET", "/broadcasts/?limit=1", admin)).json
    notice = page["broadcasts"][0]["id"]
    path = f"/broadcasts/{notice}/readers/"
    assert (await site.request("GET", path, admin)).json == {"readers": [], "next": None}
    for reader in readers:
        ids = {"notice_ids": [notice]}
        assert (await site.request("PATCH", "/notices/mark-read/", reader, body=ids)).status == 200
    first = (await site.request("GET", f"{path}?limit=2", admin)).json
    rest = (await site.request("GET", f"{path}?limit=2&cursor={first['next']}", admin)).json
    found = [*first["readers"], *rest["readers"]]
    assert [one["user"]["username"] for one in found] == ["carol", "dave", "erin"]
    assert all(one["read_on"] for one in found)
    assert rest["next"] is None


@pytest.mark.gen_test
async def test_only_administrators_see_readers_and_only_of_audiences(site: Site) -> None:
    admin, bob = await site.admin("clerk"), await site.person("frank")
    named = {"content": "named", "recipient_ids": [bob.id]}
    await site.request("POST", "/notices/send/", admin, body=named)
    copy = (await site.request("GET", "/notices/", bob)).json[0]["id"]
    for path, who, status in [
        (f"/broadcasts/{copy}/readers/", admin, 404),
        ("/broadcasts/999999/readers/", admin, 404),
        ("/broadcasts/1/readers/?cursor=x", admin, 400),
        ("/broadcasts/1/readers/", bob, 403),
    ]:
        assert (path, (await site.request("GET", path, who)).status) == (path, status)
