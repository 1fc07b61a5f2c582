"""Administrators see all lists of alerts, and what became of what was published."""

import asyncio
from typing import Any

import pytest

from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import subscribe
from tests.handlers.alert_posts import QUIET, publish
from tests.sites import Site


@pytest.mark.gen_test
async def test_lists_are_found_by_how_their_slugs_begin(site: Site) -> None:
    admin, caller = await site.admin(), await publisher(site)
    for title in ("Oil & gas", "Oil wells", "Zürich", "Oilcloth"):
        await caller.listed(title=title, tags={"topics": {"any": [title[-4:].strip("& ")]}})

    async def page(query: str = "") -> Any:
        answer = await site.request("GET", f"/alerts/lists/{query}", admin)
        assert answer.status == 200, answer
        return [one["slug"] for one in answer.json["lists"]], answer.json["next"]

    assert await page() == (["oil-gas", "oil-wells", "oilcloth", "zurich"], None)
    assert await page("?limit=3") == (["oil-gas", "oil-wells", "oilcloth"], "oilcloth")
    assert await page("?limit=3&cursor=oilcloth") == (["zurich"], None)
    assert await page("?q=Oil+%26+g") == (["oil-gas"], None)
    assert await page("?q=oil&limit=2") == (["oil-gas", "oil-wells"], "oil-wells")
    assert await page("?q=oil&limit=2&cursor=oil-wells") == (["oilcloth"], None)
    for nothing in ("?q=%E6%97%A5", "?q=oil&cursor=zurich", "?q=gas"):
        assert await page(nothing) == ([], None)
    for query in ("?cursor=A", "?cursor=%00", "?limit=0"):
        assert (await site.request("GET", f"/alerts/lists/{query}", admin)).status == 400


@pytest.mark.gen_test
async def test_what_was_published_is_told_with_how_far_it_is(site: Site) -> None:
    admin, caller = await site.admin(), await publisher(site)
    made = await caller.listed(title="Rain", tags={"topics": {"any": ["rain"]}})
    await subscribe(caller, made["id"], "a@example.org", **QUIET)
    await publish(caller, title="Rain", tags={"topics": ["rain"]}, document_type="x")
    await publish(caller, title="Snow", tags={"topics": ["snow"]}, document_type="x")
    told = (await site.request("GET", "/alerts/contents/", admin)).json["contents"]
    seen = [(one["title"], one["kind"], one["lists"], one["emails"]) for one in told]
    assert seen == [("Snow", "content_change", 0, 0), ("Rain", "content_change", 1, 1)]
    assert all(one["matched_at"] and one["processed_at"] for one in told)
    page = (await site.request("GET", "/alerts/contents/?limit=1", admin)).json
    query = f"?limit=1&cursor={page['next']}"
    page = (await site.request("GET", f"/alerts/contents/{query}", admin)).json
    assert [one["title"] for one in page["contents"]] == ["Rain"]
    assert (await site.request("GET", "/alerts/contents/?cursor=x", admin)).status == 400
    found = (await site.request("GET", "/alerts/lists/?q=rain", admin)).json["lists"]
    assert [one["active_subscriptions_count"] for one in found] == [1]
    for path in ("/alerts/lists/", "/alerts/contents/"):
        assert (await site.request("GET", path, caller.person)).status == 403
        assert (await site.request("GET", path)).status == 401


@pytest.mark.gen_test
async def test_one_that_was_published_tells_the_states_of_its_emails(site: Site) -> None:
    admin, caller = await site.admin(), await publisher(site)
    made = await caller.listed(title="Oil", tags={"topics": {"any": ["oil"]}})
    await subscribe(caller, made["id"], "a@example.org", **QUIET)
    content = await publish(caller, title="A rig")
    path = f"/alerts/contents/{content}/"
    async with asyncio.timeout(10):
        while True:
            told = (await site.request("GET", path, admin)).json
            if not told["by_state"]["pending"]:
                break
            await asyncio.sleep(0.02)
    assert (told["id"], told["title"], told["emails"]) == (content, "A rig", 1)
    assert told["by_state"] == {"pending": 0, "sent": 1, "failed": 0}
    assert (await site.request("GET", "/alerts/contents/0/", admin)).status == 404
    assert (await site.request("GET", path, caller.person)).status == 403
