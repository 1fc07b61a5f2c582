"""Every verb of every route is asked what nobody would ask, and answers as described.

`make api-fuzz` asks all that schemathesis has to ask of each, the suite the first few.
"""

import asyncio
import os

import pytest

from handlers.description.document import document
from handlers.routes import routes
from tests.answers import closed
from tests.conformance.fuzz import Fuzz, operations_of
from tests.conformance.peopled import things
from tests.handlers.announcement_calls import caller
from tests.sites import Site

FIRST = 3
MOST = None if "API_FUZZ" in os.environ else FIRST
LIMIT_S = 900 if MOST is None else 180


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_LIMITS_ENABLED": "false"}


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.gen_test(timeout=LIMIT_S)
async def test_no_request_brings_an_answer_that_is_not_described(site: Site) -> None:
    admin = await caller(site, "admin", is_admin=True)
    headers = {"Authorization": f"Token {admin.person.token}", "x-easydb-token": admin.token}
    fuzz = Fuzz(site.base, headers, await things(site, admin), MOST)
    operations = operations_of(closed(document(routes(site.settings))))
    await asyncio.to_thread(fuzz.run, operations)
    assert not fuzz.wrong, "\n".join(sorted(set(fuzz.wrong)))
    assert set(fuzz.asked) == {one.label for one in operations}
