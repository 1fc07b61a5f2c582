"""Idempotency-Key on what makes and fires schedules, beyond the list for all routes."""

from typing import Any

import pytest

from tests.handlers.schedule_calls import PATH, make, worker
from tests.receivers import Receiver
from tests.sites import Site

KEY = {"Idempotency-Key": "6d1f0c6e-4a3e-4b8e-9f5a-000000000002"}


@pytest.mark.gen_test
async def test_firing_by_hand_under_a_key_fires_once(site: Site) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        made = await make(site, who, endpoint=receiver.url())
        path = f"{PATH}{made['id']}/send/"
        for _ in range(3):
            answer = await site.request("POST", path, who, body={}, headers=KEY)
            assert (answer.status, answer.json) == (202, {})
        await receiver.has(1)
        other = await site.request("POST", path, who, body={"x": 1}, headers=KEY)
        assert other.status == 422
        await site.request("POST", path, who, body={})
        await receiver.has(2)


@pytest.mark.gen_test
async def test_the_answer_is_that_of_the_first_time_and_no_token_is_kept_in_it(
    site: Site,
) -> None:
    who = await worker(site)
    body: dict[str, Any] = {"endpoint": "http://x/", "auth_token": "secret", "payload": [1]}
    first = await site.request("POST", PATH, who, body=body, headers=KEY)
    item = f"{PATH}{first.json['id']}/"
    assert (await site.request("PATCH", item, who, body={"payload": [2]})).status == 200
    again = await site.request("POST", PATH, who, body=body, headers=KEY)
    assert (again.status, again.body) == (201, first.body)
    assert (await site.request("DELETE", item, who)).status == 204
    gone = await site.request("POST", PATH, who, body=body, headers=KEY)
    assert (gone.status, gone.body) == (201, first.body)
    assert (await site.request("GET", item, who)).status == 404
    await site.app.changes.settle()
    records = await site.carillon.database.collection("live_records").find({})
    answers = [one["answer"] for one in records if one["what"] == "schedules.create"]
    assert [sorted(answer) for answer in answers] == [["id", "now"]]
