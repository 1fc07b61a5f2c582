"""Making sets, messages and subscriptions at once and again: one of each (surface; house, 4)."""

import asyncio
from typing import Any

import pytest

from tests.handlers.schedule_calls import worker
from tests.handlers.stage_calls import MESSAGES, SETS, SUBSCRIPTIONS, new_set, subscribe
from tests.sites import Answer, Person, Site


async def keyed(site: Site, who: Person, path: str, body: Any, key: str = "k") -> Answer:
    headers = {"Idempotency-Key": key}
    return await site.request("POST", path, who, body=body, headers=headers)


async def bodies(site: Site, who: Person) -> dict[str, dict[str, Any]]:
    """A good body for each path that creates."""
    made = await new_set(site, who, "there")
    schedule = made["default_schedule"]
    named = {"identity": "i", "lang": "eng_ZA", "messageset": made["id"], "schedule": schedule}
    said = {"lang": "eng_ZA", "sequence_number": 1, "text_content": "x", "messageset": made["id"]}
    return {
        SETS: {"short_name": "new", "default_schedule": schedule},
        MESSAGES: said,
        SUBSCRIPTIONS: named,
        f"{SUBSCRIPTIONS}request": {"data": named},
    }


@pytest.mark.gen_test(timeout=30)
async def test_under_a_key_the_same_again_is_one(site: Site) -> None:
    who = await worker(site)
    for path, body in (await bodies(site, who)).items():
        listed = path.removesuffix("request")
        before = (await site.request("GET", listed, who)).json["count"]
        first, *again = await asyncio.gather(*(keyed(site, who, path, body) for _ in range(4)))
        again.append(await keyed(site, who, path, body))
        assert first.status == 201, first
        assert {(one.status, one.body) for one in again} == {(201, first.body)}
        other = await keyed(site, who, path, {**body, "lang": "afr_ZA"})
        assert other.status == 422
        assert (await site.request("GET", listed, who)).json["count"] == before + 1


@pytest.mark.gen_test(timeout=30)
async def test_of_those_who_want_one_place_at_once_one_gets_it(site: Site) -> None:
    who = await worker(site)
    wanted = await bodies(site, who)
    for path in (SETS, MESSAGES):
        for key in ("", "k"):
            body = {**wanted[path], "short_name": f"n{key}", "lang": f"x{key}"}
            requests = [
                keyed(site, who, path, body, f"{key}{n}")
                if key
                else site.request("POST", path, who, body=body)
                for n in range(6)
            ]
            statuses = sorted([one.status for one in await asyncio.gather(*requests)])
            assert (path, key, statuses) == (path, key, [201, 400, 400, 400, 400, 400])


@pytest.mark.gen_test(timeout=30)
async def test_changes_at_once_are_all_made(site: Site) -> None:
    who = await worker(site)
    taken = await subscribe(site, who, await new_set(site, who))
    path = f"{SUBSCRIPTIONS}{taken['id']}/"
    changes: list[dict[str, Any]] = [
        {"lang": "afr_ZA"},
        {"version": 3},
        {"metadata": {"a": 1}},
        {"next_sequence_number": 4},
        {"active": False},
    ]
    await asyncio.gather(*(site.request("PATCH", path, who, body=one) for one in changes))
    found = (await site.request("GET", path, who)).json
    for one in changes:
        assert {key: found[key] for key in one} == one


@pytest.mark.gen_test(timeout=30)
async def test_what_was_deleted_is_not_made_again_by_its_key(site: Site) -> None:
    who = await worker(site)
    path = SUBSCRIPTIONS
    body = (await bodies(site, who))[path]
    first = await keyed(site, who, path, body)
    await site.request("DELETE", f"{path}{first.json['number']}/", who)
    again = await keyed(site, who, path, body)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert (await site.request("GET", path, who)).json["count"] == 0
