"""Accounts of another service, and what relays tell (alerts contract, 1.12, 1.13, 5.2)."""

from typing import Any

import pytest

from tests.conftest import free_port
from tests.handlers.account_service import NAME, account_service, asking_it
from tests.handlers.alert_calls import BAD_REQUEST, publisher, said
from tests.handlers.alert_people import ADDRESS, SUBSCRIBER_KEYS, emails, links, rows, subscribe
from tests.sites import Site

# Reading the certificates that calls out trust holds up the loop, on a busy machine for long.
pytestmark = pytest.mark.expects_log("lost the link to Redis")

SIGN_IN, LINK = "/subscribers/govuk-account", "/subscribers/govuk-account/link"
NO_SESSIONS: list[Any] = [None, 7, {}]


@pytest.fixture(scope="module")
def accounts_port() -> int:
    return free_port()


@pytest.fixture
def environ(accounts_port: int) -> dict[str, str]:
    return asking_it(accounts_port)


@pytest.mark.gen_test
async def test_signing_in_and_linking(site: Site, accounts_port: int) -> None:
    caller = await publisher(site)
    async with account_service(accounts_port):
        for path in (SIGN_IN, LINK):
            for session, answer in [
                ("unverified", {NAME: "new name"}),
                *((name, {}) for name in ("without email", "without flag", "odd email")),
            ]:
                assert said(await caller.ask("POST", path, {NAME: session})) == (403, answer)
            for session in ("unknown", "", "\u2603", "a\nb", "x" * 9_000):
                assert said(await caller.ask("POST", path, {NAME: session})) == (401, None)
            for odd in NO_SESSIONS:
                assert said(await caller.ask("POST", path, {NAME: odd})) == (422, None)
            assert said(await caller.ask("POST", path, {})) == (400, BAD_REQUEST)
            for broken in ("broken", "odd", "no id"):
                answered = await caller.ask("POST", path, {NAME: broken})
                assert (answered.status, set(answered.json)) == (503, {"error"})
        assert await rows(site, "subscribers") == []
        # Whose address it is, made if it is nobody's.
        made = await caller.ask("POST", SIGN_IN, {NAME: "newcomer"})
        assert (made.status, set(made.json["subscriber"])) == (200, SUBSCRIBER_KEYS)
        assert made.json["subscriber"]["govuk_account_id"] is None
        again = await caller.ask("POST", SIGN_IN, {NAME: "newcomer"})
        assert again.json == made.json
        # Linked; nobody is told who has no subscriptions.
        linked = await caller.ask("POST", LINK, {NAME: "newcomer"})
        assert linked.json["subscriber"]["govuk_account_id"] == "7"
        assert await emails(site) == []
        await _link_one_with_subscriptions(caller)


async def _link_one_with_subscriptions(caller: Any) -> None:
    site = caller.site
    for title in ("b", "a"):
        made = await caller.listed(title=title, tags={"topics": [title]})
        await subscribe(caller, made["id"], skip_confirmation_email=True)
    by_id = "/subscribers/govuk-account/"
    assert said(await caller.ask("GET", f"{by_id}internal-user-id")) == (404, None)
    first = await caller.ask("POST", LINK, {NAME: "renamed"})
    assert first.json[NAME] == "new name"
    whose = first.json["subscriber"]
    assert (whose["address"], whose["govuk_account_id"]) == (ADDRESS, "internal-user-id")
    found = await caller.ask("GET", f"{by_id}internal-user-id")
    assert said(found) == (200, {"subscriber": whose})
    second = await caller.ask("POST", LINK, {NAME: "other id"})
    assert second.json["subscriber"]["govuk_account_id"] == "other-id"
    assert (await caller.ask("GET", f"{by_id}internal-user-id")).status == 404
    (mail,) = await emails(site)
    assert mail["address"] == ADDRESS
    assert "* a\n* b\n" in mail["text"]
    assert "/email/manage/authenticate?address=test%40example.com" in links(mail["text"])[-1]


@pytest.mark.gen_test
async def test_a_service_that_is_away_is_no_wrong_session(site: Site) -> None:
    """Nothing listens on the port; a 401 would have people signed out."""
    caller = await publisher(site)
    answer = await caller.ask("POST", SIGN_IN, {NAME: "verified"})
    assert (answer.status, set(answer.json)) == (503, {"error"})


class TestWithout:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {}

    @pytest.mark.gen_test
    async def test_without_a_service_it_is_503(self, site: Site) -> None:
        caller = await publisher(site)
        answer = await caller.ask("POST", LINK, {NAME: "verified"})
        assert (answer.status, set(answer.json)) == (503, {"error"})
        assert "alerts.account_api.url" in answer.json["error"]

    @pytest.mark.gen_test
    async def test_what_relays_tell(self, site: Site) -> None:
        caller = await publisher(site)
        relay = await publisher(site, "relay", "status_updates")
        made = (await caller.listed())["id"]
        one = await subscribe(caller, made)
        (mail,) = await emails(site)
        path, good = "/status-updates", {"reference": mail["_id"], "status": "delivered"}
        assert said(await relay.ask("POST", path, {**good, "id": "x"})) == (204, None)
        unknown = {**good, "reference": "unknown", "status": "temporary-failure"}
        assert said(await relay.ask("POST", path, unknown)) == (204, None)
        (mail,) = await emails(site)
        assert mail["notify_status"] == "delivered"
        for body in ({}, {"reference": mail["_id"]}, {"status": "delivered"}):
            assert said(await relay.ask("POST", path, body)) == (400, BAD_REQUEST)
        gone = {**good, "status": "permanent-failure"}
        for body in ({**good, "reference": None}, {**good, "status": ""}, gone):
            assert said(await relay.ask("POST", path, body)) == (400, BAD_REQUEST)
        for odd in ("technical-failure", "pending", "DELIVERED"):
            answer = await relay.ask("POST", path, {**good, "status": odd})
            assert (answer.status, set(answer.json)) == (422, {"error"})
        assert said(await relay.ask("POST", "/spam-reports", {})) == (400, BAD_REQUEST)
        for who in ("unknown@example.com", "TEST@example.com"):
            answer = await relay.ask("POST", path, {**gone, "to": who})
            assert said(answer) == (204, None)
        await _ended(caller, one, "non_existent_email")
        one = await subscribe(caller, made)
        for who in ("unknown@example.com", "TEST@example.com"):
            assert said(await relay.ask("POST", "/spam-reports", {"to": who})) == (204, None)
        await _ended(caller, one, "marked_as_spam")
        for closed in (path, "/spam-reports"):
            assert (await caller.ask("POST", closed, good)).status == 403
            assert (await site.request("POST", closed, body=good)).status == 401


async def _ended(caller: Any, one: Any, reason: str) -> None:
    shown = (await caller.ask("GET", f"/subscriptions/{one['id']}")).json["subscription"]
    assert shown["ended_reason"] == reason
