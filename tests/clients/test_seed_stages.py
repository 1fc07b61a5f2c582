"""The published client of stages, every method of it, works unchanged (contract 6.3)."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.handlers.schedule_calls import worker
from tests.handlers.stage_calls import new_set
from tests.sites import Site

PROGRAM = Path(__file__).with_name("seed_stages.py")
LIMIT_S = 40


@pytest.mark.gen_test(timeout=60)
async def test_the_published_client_works_unchanged(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who, "client")
    words = [f"{site.base}/api/v1", who.token, str(made["id"])]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *words, stdout=-1, stderr=-1, env=environ
    )
    async with asyncio.timeout(LIMIT_S):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    seen = json.loads(out)
    assert seen["schedule"] == made["default_schedule"]
    assert (seen["sets"], seen["messages"]) == ([made["id"]], [seen["made"]])
    assert seen["languages"] == {str(made["id"]): ["afr_ZA", "eng_ZA"]}
    assert (seen["message"], seen["changed"], seen["deleted"]) == (True, "first", None)
    assert seen["pages"] == seen["subscriptions"][::-1], "over two pages, the newest first"
    assert (seen["one"], seen["ended"], seen["failed"]) == (True, False, [])
    assert (seen["file"], seen["forgotten"], seen["file_deleted"]) == (True, None, None)
    assert seen["schedules"] == [made["default_schedule"]]
    assert seen["resent"] == {"accepted": True}
    assert seen["requeued"] == {"requeued_failed_tasks": True}
