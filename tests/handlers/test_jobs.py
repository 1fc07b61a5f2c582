"""Administrators see what failed for good, and begin it anew."""

import pytest

from tests.handlers.administration_calls import noted
from tests.sites import Site

KIND = "nobody's"
KEYS = ("mail:7", "a b/c", "last")


@pytest.mark.gen_test
async def test_what_failed_for_good_is_shown_and_begun_anew(site: Site) -> None:
    admin, other = await site.admin(), await site.person("other")
    jobs, now = site.carillon._stores.jobs, site.app.clock.wall()
    for ago, key in enumerate(KEYS):
        await jobs.add(key, KIND, now - ago, {"secret": "words"})
    for job in await jobs.claim(KEYS, "p", now):
        await jobs.bury(job, "p", "no luck")
    await jobs.add("waits", KIND, now, {})

    page = (await site.request("GET", "/jobs/dead/?limit=2", admin)).json
    assert (page["count"], [one["id"] for one in page["results"]]) == (3, list(KEYS[:2]))
    assert set(page["results"][0]) == {"id", "kind", "due_at", "attempts", "error"}
    assert (page["results"][0]["attempts"], page["results"][0]["error"]) == (1, "no luck")
    rest = (await site.request("GET", "/jobs/dead/?limit=2&offset=2", admin)).json
    assert [one["id"] for one in rest["results"]] == ["last"]

    for key, who, status in (
        ("a%20b%2Fc", other, 403),
        ("a%20b%2Fc", admin, 204),
        ("waits", admin, 409),
        ("nothing", admin, 404),
    ):
        assert (await site.request("POST", f"/jobs/{key}/requeue/", who)).status == status
    row = await jobs.get("a b/c")
    assert row
    assert (row.state, row.attempts) == ("waiting", 0)
    assert (await site.request("GET", "/jobs/dead/", admin)).json["count"] == 2
    assert (await site.request("GET", "/jobs/dead/", other)).status == 403
    assert await noted(site, admin) == [
        ("jobs.requeue", "nothing", 404),
        ("jobs.requeue", "waits", 409),
        ("jobs.requeue", "a b/c", 204),
    ]
