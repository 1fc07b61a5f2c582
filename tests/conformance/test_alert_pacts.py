"""The 41 interactions that clients of alerts agreed on with their server (alerts contract, 5.4).

An answer may have more keys than are agreed on, and no other values.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from tests.conftest import free_port
from tests.handlers.alert_calls import LIST_NOT_FOUND, Publisher, publisher
from tests.sites import Answer, Site

U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
CONTENT = "5fc8fb2b-5a0e-4f2d-8c2f-8f1b3b9c0d11"
SENDER = "b735f541-c29c-4dbf-8a7e-0b4e7a1d3c55"
ADDRESS = "test@example.com"
TAGS = {"tribunal_decision_categories": {"any": ["agency-workers"]}}
LISTS = "/subscriber-lists"
BY_TAGS = f"{LISTS}?tags%5Btribunal_decision_categories%5D%5Bany%5D%5B%5D=agency-workers"
ACCOUNT, LINK = "/subscribers/govuk-account", "/subscribers/govuk-account/link"
SESSION = {"govuk_account_session": "session identifier"}

LIST = {"id": int, "links": {}, "tags": TAGS, "document_type": "", "slug": str, "title": str}
SUBSCRIBER = {
    "id": int,
    "address": ADDRESS,
    "created_at": str,
    "updated_at": str,
    "govuk_account_id": None,
}
LINKED = {**SUBSCRIBER, "govuk_account_id": "internal-user-id"}
SUBSCRIPTION = {
    "id": U,
    "subscriber_list": LIST,
    "ended_at": None,
    "ended_reason": None,
    "frequency": "immediately",
    "source": "user_signed_up",
}
CHANGE = {
    "content_id": CONTENT,
    "base_path": "government/base_path",
    "public_updated_at": "2022-01-01 00:00:00 +0000",
}
WHOLE_CHANGE = {
    **CHANGE,
    "title": "title",
    "description": "description",
    "change_note": "change note",
    "email_document_supertype": "email document supertype",
    "government_document_supertype": "government document supertype",
    "document_type": "document type",
    "publishing_app": "publishing app",
}
REQUEST_ID = {"Govuk-Request-Id": "request-id"}


class States:
    """What there is before an interaction; every one begins with nothing."""

    def __init__(self, site: Site, caller: Publisher):
        self._site, self._caller = site, caller
        self.account: Any = None

    def _rows(self, name: str) -> Any:
        return self._site.carillon.database.collection(f"alerts_{name}")

    async def nothing(self) -> None:
        for name in ("lists", "subscribers", "subscriptions", "content_changes", "messages"):
            await self._rows(name).delete({})
        self.account = None

    async def list(self) -> None:
        """The list of the tags, with the slug title-1 and the id 1."""
        await self._caller.listed(title="Title 1", tags=TAGS)
        (row,) = await self._rows("lists").find({})
        await self._rows("lists").delete({})
        await self._rows("lists").insert({**row, "_id": 1})

    async def change(self) -> None:
        assert (await self._caller.ask("POST", "/content-changes", WHOLE_CHANGE)).status == 202

    async def list_and_message(self) -> None:
        await self.list()
        rules = [{"id": 1}]
        body = {"sender_message_id": SENDER, "title": "t", "body": "b", "criteria_rules": rules}
        assert (await self._caller.ask("POST", "/messages", body)).status == 202

    async def subscriber(self) -> None:
        now = self._site.app.clock.wall()
        row = {"_id": 1, "address": ADDRESS, "address_key": ADDRESS, "govuk_account_id": None}
        more = {"signon_user_uid": None, "created_at": now, "updated_at": now}
        await self._rows("subscribers").insert({**row, **more})

    async def linked(self) -> None:
        await self.subscriber()
        change = {"$set": {"govuk_account_id": "internal-user-id"}}
        await self._rows("subscribers").update({"_id": 1}, change)

    async def subscription(self) -> None:
        await self.list()
        await self.subscriber()
        body = {"address": ADDRESS, "subscriber_list_id": 1, "skip_confirmation_email": True}
        assert (await self._caller.ask("POST", "/subscriptions", body)).status == 200
        (row,) = await self._rows("subscriptions").find({})
        await self._rows("subscriptions").delete({})
        await self._rows("subscriptions").insert({**row, "_id": U})

    def _session(self, *, verified: bool) -> None:
        self.account = {"id": "internal-user-id", "email": ADDRESS, "email_verified": verified}

    async def unverified(self) -> None:
        self._session(verified=False)

    async def verified_and_linked(self) -> None:
        self._session(verified=True)
        await self.linked()

    async def verified_and_matching(self) -> None:
        self._session(verified=True)
        await self.subscriber()


State = Callable[[States], Awaitable[None]]


@dataclass(frozen=True)
class Pact:
    """One interaction; ``said`` None: nothing is agreed on, "": an empty body."""

    number: int
    state: State
    asked: tuple[str, str, Any]
    status: int
    said: Any = None


S = States
NEW = {"subscriber_list": {**LIST, "title": "new-title"}}
CREATE = ("POST", LISTS, {"title": "new-title", "tags": TAGS})
BULK = f"{LISTS}/title-1/bulk-unsubscribe"
DESCRIBE = {"title": "New title", "description": "Some description"}
SUBSCRIBE = {"subscriber_list_id": 1, "address": ADDRESS, "skip_confirmation_email": True}
MOVE = {"new_address": "test2@example.com"}
DAILY = {
    **SUBSCRIPTION,
    "id": str,
    "subscriber": SUBSCRIBER,
    "frequency": "daily",
    "source": "frequency_changed",
}
AUTH = {"destination": "/authenticate"}
TOPIC = {"address": ADDRESS, "frequency": "daily", "topic_id": "title-1"}
PACTS = [
    Pact(1, S.nothing, CREATE, 200, NEW),
    Pact(2, S.list, CREATE, 200, NEW),
    Pact(3, S.nothing, ("GET", BY_TAGS, None), 404, LIST_NOT_FOUND),
    Pact(4, S.list, ("GET", BY_TAGS, None), 200, {"subscriber_list": LIST}),
    Pact(
        *(5, S.change, ("POST", "/content-changes", CHANGE)),
        *(409, {"error": "Content change already received"}),
    ),
    Pact(
        *(6, S.nothing, ("POST", "/content-changes", WHOLE_CHANGE)),
        *(202, {"message": "Content change queued for sending"}),
    ),
    Pact(7, S.nothing, ("POST", f"{LISTS}/missing-subscriber-list/bulk-unsubscribe", {}), 404),
    Pact(
        *(8, S.list_and_message, ("POST", BULK, {"body": "b", "sender_message_id": SENDER})),
        409,
    ),
    Pact(9, S.list, ("POST", BULK, {"body": "b"}), 422),
    Pact(10, S.list, ("POST", BULK, {}), 202),
    Pact(11, S.nothing, ("POST", f"/unsubscribe/{U}", {}), 404),
    Pact(12, S.subscription, ("POST", f"/unsubscribe/{U}", {}), 204, ""),
    Pact(13, S.nothing, ("DELETE", "/subscribers/1", {}), 404),
    Pact(14, S.subscriber, ("DELETE", "/subscribers/1", {}), 204, ""),
    Pact(
        *(15, S.list),
        *(("POST", "/subscriptions", {**SUBSCRIBE, "frequency": "thrice-fortnightly"}), 422),
    ),
    Pact(16, S.list, ("POST", "/subscriptions", {**SUBSCRIBE, "frequency": "daily"}), 200),
    Pact(17, S.nothing, ("GET", f"{LISTS}/title-1", None), 404, LIST_NOT_FOUND),
    Pact(18, S.list, ("GET", f"{LISTS}/title-1", None), 200, {"subscriber_list": LIST}),
    Pact(19, S.nothing, ("GET", f"/subscriptions/{U}", None), 404),
    Pact(
        *(20, S.subscription, ("GET", f"/subscriptions/{U}", None), 200),
        {"subscription": {**SUBSCRIPTION, "subscriber": SUBSCRIBER}},
    ),
    Pact(21, S.nothing, ("GET", "/subscribers/1/subscriptions", None), 404),
    Pact(
        *(22, S.subscription, ("GET", "/subscribers/1/subscriptions", None), 200),
        {"subscriber": SUBSCRIBER, "subscriptions": [SUBSCRIPTION]},
    ),
    Pact(23, S.nothing, ("PATCH", "/subscribers/1", MOVE), 404),
    Pact(
        *(24, S.subscriber, ("PATCH", "/subscribers/1", MOVE), 200),
        {"subscriber": {**SUBSCRIBER, "address": "test2@example.com"}},
    ),
    Pact(25, S.nothing, ("PATCH", "/subscriptions/1", {"frequency": "daily"}), 404),
    Pact(
        *(26, S.subscription, ("PATCH", f"/subscriptions/{U}", {"frequency": "daily"}), 200),
        {"subscription": DAILY},
    ),
    Pact(27, S.nothing, ("PATCH", f"{LISTS}/missing-list", {"title": "t"}), 404),
    Pact(28, S.list, ("PATCH", f"{LISTS}/title-1", {}), 422),
    Pact(
        *(29, S.list, ("PATCH", f"{LISTS}/title-1", DESCRIBE), 200),
        {"subscriber_list": {**LIST, **DESCRIBE}},
    ),
    Pact(30, S.unverified, ("POST", ACCOUNT, SESSION), 403),
    Pact(31, S.verified_and_linked, ("POST", ACCOUNT, SESSION), 200, {"subscriber": LINKED}),
    Pact(32, S.nothing, ("GET", f"{ACCOUNT}/internal-user-id", None), 404),
    Pact(
        *(33, S.verified_and_linked, ("GET", f"{ACCOUNT}/internal-user-id", None), 200),
        {"subscriber": LINKED},
    ),
    Pact(34, S.nothing, ("POST", LINK, {"govuk_account_session": "bad"}), 401),
    Pact(35, S.unverified, ("POST", LINK, SESSION), 403),
    Pact(36, S.verified_and_matching, ("POST", LINK, SESSION), 200, {"subscriber": LINKED}),
    Pact(
        *(37, S.nothing),
        *(("POST", "/subscribers/auth-token", {"address": "bad-email@example.com", **AUTH}), 404),
    ),
    Pact(38, S.linked, ("POST", "/subscribers/auth-token", {"address": ADDRESS, **AUTH}), 403),
    Pact(
        *(39, S.subscriber, ("POST", "/subscribers/auth-token", {"address": ADDRESS, **AUTH})),
        *(201, {"subscriber": SUBSCRIBER}),
    ),
    Pact(40, S.nothing, ("POST", "/subscriptions/auth-token", TOPIC), 404),
    Pact(41, S.list, ("POST", "/subscriptions/auth-token", TOPIC), 200, {}),
]


def agrees(agreed: Any, said: Any) -> bool:
    """Is it as agreed: values equal, types the same, further keys allowed?"""
    if isinstance(agreed, type):
        return type(said) is agreed
    if isinstance(agreed, dict):
        return isinstance(said, dict) and all(
            key in said and agrees(value, said[key]) for key, value in agreed.items()
        )
    if isinstance(agreed, list):
        pairs = zip(agreed, said, strict=False)
        return len(agreed) == len(said) and all(agrees(*one) for one in pairs)
    return bool(agreed == said)


def _check(pact: Pact, answer: Answer) -> None:
    assert (pact.number, answer.status) == (pact.number, pact.status), answer.body
    if pact.said == "":
        assert answer.body == b""
    elif pact.said is not None:
        assert agrees(pact.said, answer.json), (pact.number, answer.json)


def test_the_table_is_whole() -> None:
    assert [one.number for one in PACTS] == list(range(1, 42))


@pytest.fixture(scope="module")
def accounts_port() -> int:
    return free_port()


@pytest.fixture
def environ(accounts_port: int) -> dict[str, str]:
    return {"CARILLON_ALERTS_ACCOUNT_API_URL": f"http://127.0.0.1:{accounts_port}"}


@pytest.mark.gen_test(timeout=60)
async def test_every_pact(site: Site, accounts_port: int) -> None:
    caller = await publisher(site)
    states = States(site, caller)

    class Accounts(RequestHandler):
        def get(self) -> None:
            if states.account is None:
                self.set_status(401)
            else:
                self.finish(states.account)

    accounts = HTTPServer(Application([("/api/user", Accounts)], log_function=lambda _: None))
    accounts.listen(accounts_port, "127.0.0.1")
    try:
        for pact in PACTS:
            await states.nothing()
            await pact.state(states)
            _check(pact, await caller.ask(*pact.asked, REQUEST_ID))
    finally:
        accounts.stop()
        await accounts.close_all_connections()
