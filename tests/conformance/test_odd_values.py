"""Values that no schema names, where a database or a reader of paths would fall over them."""

import json
from typing import Any

import pytest

from tests.conformance.peopled import things
from tests.handlers.announcement_calls import caller
from tests.sites import Site

TOO_GREAT = 2**63
NOWHERE = [
    *(("GET", f"{path}/{TOO_GREAT}/") for path in ("/scheduled", "/messages", "/accounts/users")),
    *(("GET", f"/api/v1/{name}/{TOO_GREAT}/") for name in ("schedule", "message", "subscriptions")),
    ("PATCH", f"/scheduled/{TOO_GREAT}/"),
    ("DELETE", f"/scheduled/{TOO_GREAT}/"),
    ("GET", f"/live/trace/{TOO_GREAT}"),
    ("GET", f"/announcements/{TOO_GREAT}/audience"),
    *(("GET", f"/{name}/%FF") for name in ("subscriptions", "subscriber-lists")),
    ("GET", "/subscribers/govuk-account/%FF"),
]
UNKNOWN_WALKER = ["%FF", "%C2%B2", "%D9%A3", "x", str(TOO_GREAT)]
QUERIES = [
    *(f"{path}?user={{}}" for path in ("/live/connections/", "/accounts/tokens/")),
    *("/accounts/sessions/?user={}", "/inbox/items/?with={}"),
]
CHOICES = [
    *(("/api/v1/schedule/", name) for name in ("on_gap", "on_overlap", "misfire")),
    ("/api/v1/schedule/simulate/", "on_gap"),
    ("/api/v1/messageset/", "content_type"),
]


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_LIMITS_ENABLED": "false"}


@pytest.mark.gen_test(timeout=60)
async def test_values_that_nothing_can_hold(site: Site) -> None:
    site.is_judged = True
    admin = await caller(site, "admin", is_admin=True)
    known = await things(site, admin)

    async def asked(verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = await site.request(verb, path, admin.person, body=body)
        return answer.status, answer.body

    for verb, path in NOWHERE:
        status, _ = await asked(verb, path)
        assert (verb, path, status) == (verb, path, 404)
    for text in UNKNOWN_WALKER:
        for verb in ("send", "resend"):
            path = f"/api/v1/subscriptions/{text}/{verb}"
            assert (path, (await asked("POST", path))[0]) == (path, 400)
    for query in QUERIES:
        for number in (TOO_GREAT, -TOO_GREAT - 1):
            path = query.format(number)
            assert (path, (await asked("GET", path))[0]) == (path, 400)
    assert (await asked("GET", "/subscriber-lists/metrics/%FF"))[0] == 200
    assert (await asked("POST", "/email/unsubscribe/one-click/%FF"))[0] == 401
    assert (await asked("GET", "/email/unsubscribe/%FF"))[0] == 400
    await _receipts_past_the_end(site, known, asked)
    for path, name in CHOICES:
        status, said = await asked("POST", path, {name: "\ud800"})
        assert (status, name in json.loads(said)) == (400, True)


async def _receipts_past_the_end(site: Site, known: Any, asked: Any) -> None:
    """A page behind the last recipient is empty, however far behind."""
    sent = known["/messages/sent/"]["id"]
    for cursor in (10, TOO_GREAT - 1):
        for path in (f"/messages/sent/{sent}/receipts/", f"/live/trace/{sent}"):
            status, body = await asked("GET", f"{path}?cursor={cursor}")
            assert (status, json.loads(body)["receipts"]) == (200, [])
