"""The published client's interactions about people, by their numbers (alerts contract, 5.4)."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.alert_subscriptions import New
from services.alert_changes import new_subscription
from tests.conftest import free_port
from tests.handlers.account_service import account_service, asking_it
from tests.handlers.alert_calls import JSON_UTF8, Publisher, publisher
from tests.handlers.alert_people import U
from tests.sites import Site

# Reading the certificates that calls out trust holds up the loop, on a busy machine for long.
pytestmark = pytest.mark.expects_log("lost the link to Redis")

TEXT, NUMBER = str, int  # any of this kind
ADDRESS, BAD = "test@example.com", "bad-email@example.com"
AGENCY = {"tribunal_decision_categories": {"any": ["agency-workers"]}}
LIST = {
    **{"id": NUMBER, "links": {}, "tags": AGENCY, "document_type": "", "slug": TEXT},
    "title": TEXT,
}
SUBSCRIBER = {
    **{"id": NUMBER, "address": ADDRESS, "created_at": TEXT, "updated_at": TEXT},
    "govuk_account_id": None,
}
LINKED = {**SUBSCRIBER, "govuk_account_id": "internal-user-id"}
STATE = {
    **{"ended_at": None, "ended_reason": None, "frequency": "immediately"},
    "source": "user_signed_up",
}
OF_LIST = {"id": U, "subscriber_list": LIST, **STATE}
WHOLE = {**OF_LIST, "subscriber": SUBSCRIBER}
CHANGED = {**WHOLE, "id": TEXT, "frequency": "daily", "source": "frequency_changed"}

WISH = {"subscriber_list_id": 1, "address": ADDRESS, "skip_confirmation_email": True}
TOKEN = {"address": ADDRESS, "destination": "/destination"}
TOPIC = {"address": ADDRESS, "frequency": "daily", "topic_id": "title-1"}
ACCOUNT = "/subscribers/govuk-account"


def session(name: str) -> dict[str, str]:
    return {"govuk_account_session": name}


# Number, verb, path, body, status, and what the answer holds at least.
NOTHING_IS_THERE: list[tuple[int, str, str, Any, int, Any]] = [
    (11, "POST", f"/unsubscribe/{U}", {}, 404, None),
    (13, "DELETE", "/subscribers/1", {}, 404, None),
    (19, "GET", f"/subscriptions/{U}", None, 404, None),
    (21, "GET", "/subscribers/1/subscriptions", None, 404, None),
    (23, "PATCH", "/subscribers/1", {"new_address": "test2@example.com"}, 404, None),
    (25, "PATCH", "/subscriptions/1", {"frequency": "daily"}, 404, None),
    (32, "GET", f"{ACCOUNT}/internal-user-id", None, 404, None),
    (37, "POST", "/subscribers/auth-token", {**TOKEN, "address": BAD}, 404, None),
    (40, "POST", "/subscriptions/auth-token", TOPIC, 404, None),
    (30, "POST", ACCOUNT, session("unverified"), 403, None),
    (34, "POST", f"{ACCOUNT}/link", session("unknown"), 401, None),
    (35, "POST", f"{ACCOUNT}/link", session("unverified"), 403, None),
]
# Each in the state that those before it left.
ONE_IS_THERE: list[tuple[int, str, str, Any, int, Any]] = [
    (20, "GET", f"/subscriptions/{U}", None, 200, {"subscription": WHOLE}),
    (
        *(22, "GET", "/subscribers/1/subscriptions", None, 200),
        {"subscriber": SUBSCRIBER, "subscriptions": [OF_LIST]},
    ),
    (15, "POST", "/subscriptions", {**WISH, "frequency": "thrice-fortnightly"}, 422, None),
    (39, "POST", "/subscribers/auth-token", TOKEN, 201, {"subscriber": SUBSCRIBER}),
    (41, "POST", "/subscriptions/auth-token", TOPIC, 200, {}),
    (
        *(26, "PATCH", f"/subscriptions/{U}", {"frequency": "daily"}, 200),
        {"subscription": CHANGED},
    ),
    (16, "POST", "/subscriptions", {**WISH, "frequency": "daily"}, 200, None),
    (36, "POST", f"{ACCOUNT}/link", session("verified"), 200, {"subscriber": LINKED}),
    (31, "POST", ACCOUNT, session("verified"), 200, {"subscriber": LINKED}),
    (33, "GET", f"{ACCOUNT}/internal-user-id", None, 200, {"subscriber": LINKED}),
    (38, "POST", "/subscribers/auth-token", TOKEN, 403, None),
    (
        *(24, "PATCH", "/subscribers/1", {"new_address": "test2@example.com"}, 200),
        {"subscriber": {**LINKED, "address": "test2@example.com"}},
    ),
    (14, "DELETE", "/subscribers/1", {}, 204, None),
]


@pytest.fixture(scope="module")
def accounts_port() -> int:
    return free_port()


@pytest.fixture
def environ(accounts_port: int) -> dict[str, str]:
    return asking_it(accounts_port)


def holds(answer: Any, wanted: Any) -> bool:
    """Is all that is wanted in the answer? More keys than that may be."""
    if isinstance(wanted, Mapping):
        is_there = isinstance(answer, Mapping) and wanted.keys() <= answer.keys()
        return is_there and all(holds(answer[key], one) for key, one in wanted.items())
    if isinstance(wanted, list):
        return len(answer) == len(wanted) and all(map(holds, answer, wanted))
    if isinstance(wanted, type):
        return type(answer) is wanted
    return bool(answer == wanted)


async def _go_through(caller: Publisher, cases: list[tuple[int, str, str, Any, int, Any]]) -> None:
    for number, verb, path, body, status, wanted in cases:
        answer = await caller.ask(verb, path, body)
        assert (number, answer.status) == (number, status), answer.body
        if wanted is not None:
            assert holds(answer.json, wanted), (number, answer.json)
            assert answer.headers["Content-Type"] == JSON_UTF8
        if status == 204:
            assert answer.body == b""


@pytest.mark.gen_test
async def test_the_interactions(site: Site, accounts_port: int) -> None:
    caller = await publisher(site)
    async with account_service(accounts_port):
        await _go_through(caller, NOTHING_IS_THERE)
        made = await caller.listed(title="title-1", tags=AGENCY)
        assert (made["id"], made["slug"]) == (1, "title-1")
        people = site.app.alerts.stores.people
        whose = await site.app.alerts.people.subscribers.find_or_add(ADDRESS, None)
        now = site.app.clock.stamp()
        row = new_subscription(New(1, "immediately", "user_signed_up"), whose["_id"], None, now)
        await people.subscriptions.add([{**row, "_id": U}])
        await _go_through(caller, ONE_IS_THERE)
        # 12, on a subscription that is there.
        await people.subscriptions.remove([U])
        await people.subscriptions.add([{**row, "_id": U}])
        await _go_through(caller, [(12, "POST", f"/unsubscribe/{U}", {}, 204, None)])
