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
