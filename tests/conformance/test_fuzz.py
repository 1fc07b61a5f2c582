"""Every verb of every route is asked what nobody would ask, and answers as described.

`make api-fuzz` asks more of each (API_EXAMPLES=).
"""

import asyncio
import os
import time

import pytest
from schemathesis import GenerationMode

from handlers.description.document import document
from handlers.routes import routes
from tests.answers import closed
from tests.conformance.fuzz import Fuzz
from tests.sites import Site

EXAMPLES = int(os.environ.get("API_EXAMPLES", "0"))  # of each verb, valid ones and others
IN_SUITE_S = 8.0
LIMIT_S = 60.0 * EXAMPLES if EXAMPLES else IN_SUITE_S
MODES = (
    (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if EXAMPLES else (GenerationMode.POSITIVE,)
)


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_LIMITS_ENABLED": "false"}


@pytest.mark.timeout(120 + LIMIT_S * 3)
@pytest.mark.gen_test(timeout=120 + LIMIT_S * 2)
async def test_no_request_brings_an_answer_that_is_not_described(site: Site) -> None:
    admin = await site.admin()
    described = closed(document(routes(site.settings)))
    headers = {"Authorization": f"Token {admin.token}"}
    fuzz = Fuzz(site.base, headers, max(EXAMPLES, 1), MODES, time.monotonic() + LIMIT_S)
    asked, wrong = await asyncio.to_thread(fuzz.run, described)
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert asked >= (100 if EXAMPLES else 1)
