"""The published client of the scheduler's API works against this server (contract 6.3)."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.schedule_calls import PATH, make, worker
from tests.receivers import Receiver, Reply, eventually
from tests.sites import Person, Site

PROGRAM = Path(__file__).with_name("seed_scheduler.py")
LIMIT_S = 40


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_SCHEDULES_RETRY_DELAYS_S": "0"}


async def drive(site: Site, who: Person, endpoint: str) -> Any:
    words = [f"{site.base}/api/v1", who.token, endpoint]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *words, stdout=-1, stderr=-1, env=environ
    )
    async with asyncio.timeout(LIMIT_S):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(out)


@pytest.mark.gen_test(timeout=60)
async def test_the_published_client_works_unchanged(site: Site) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        receiver.always = Reply(500)
        due = await make(site, who, endpoint=receiver.url(), next_send_at="2020-01-01T00:00:00Z")
        await receiver.has(2)

        async def is_kept() -> bool:
            return bool((await site.request("GET", "/api/v1/failed-tasks/", who)).json["count"])

        await eventually(is_kept)
        receiver.always = Reply(200)
        seen = await drive(site, who, receiver.url())
        ids = [one["id"] for one in seen["made"]]
        assert seen["one"] == seen["made"][0]
        assert (seen["one"]["frequency"], seen["one"]["auth_token"]) == (44, "secret")
        assert (seen["changed"]["enabled"], seen["changed"]["next_send_at"]) == (False, None)
        assert seen["deleted"] is None
        assert seen["pages"] == [ids[4], ids[3], ids[2], ids[0], due["id"]]
        assert [one["schedule"] for one in seen["failed"]] == [f"{site.base}{PATH}{due['id']}/"]
        assert seen["requeued"] == {"requeued_failed_tasks": True}
        assert [code for code, _ in seen["refused"]] == [404, 400, 401]
        assert seen["refused"][1][1] == {
            "endpoint": ["This field is required."],
            "cron_definition": [
                "99 * * * * is not a valid crontab string: item value 99 out of range [0, 59]"
            ],
        }
        await receiver.has(3)
