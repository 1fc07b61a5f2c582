"""Subscribing, changing and unsubscribing over HTTP (alerts contract, 1.8, 3.8, 5.1, 5.2, 5.5)."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.handlers.alert_calls import (
    BAD_REQUEST,
    FORM,
    NOT_FOUND,
    publisher,
    said,
    unprocessable,
)
from tests.handlers.alert_people import (
    ADDRESS,
    SUBSCRIPTION_KEYS,
    U,
    emails,
    links,
    rows,
    subscribe,
    token_in,
)
from tests.sites import Site

NO_EMAIL = unprocessable(address=["is not an email address"])
NO_DETAILS = (422, {"error": "Unprocessable Entity", "details": None})
ODD_FREQUENCIES: list[Any] = ["monthly", "", None, 1, ["daily"]]
BLANK: list[Any] = ["", " ", None, [], {}]


@pytest.mark.gen_test
async def test_a_subscription_and_its_confirmation(site: Site) -> None:
    caller = await publisher(site)
    made = await caller.listed(title="A *list*", url="/page", content_id=U)
    one = await subscribe(caller, made["id"], "Test@Example.com")
    assert set(one) == SUBSCRIPTION_KEYS
    nested = {name: made[name] for name in made if name != "active_subscriptions_count"}
    assert one["subscriber_list"] == nested
    assert (one["frequency"], one["source"]) == ("immediately", "user_signed_up")
    assert [one[n] for n in ("ended_at", "ended_reason", "ended_email_id")] == [None] * 3
    whose = one["subscriber"]
    assert (whose["id"], whose["address"]) == (1, "Test@Example.com")
    assert (whose["govuk_account_id"], whose["signon_user_uid"]) == (None, str(caller.person.id))
    # Again, and in other letters: the same, and nobody is told.
    again = await subscribe(caller, str(made["id"]), ADDRESS, frequency="immediately")
    assert again == one
    for path in (one["id"], one["id"].upper(), f"{one['id']}/latest"):
        answer = await caller.ask("GET", f"/subscriptions/{path}")
        assert said(answer) == (200, {"subscription": one})
    (mail,) = await emails(site)
    assert (mail["address"], mail["subscriber"]) == ("Test@Example.com", 1)
    assert (mail["subscription"], mail["one_click"]) == (None, None)
    assert mail["subject"] == "You have subscribed to A *list*"
    assert "[A \\*list\\*](<http://127.0.0.1:8000/page>)" in mail["text"]
    _, unsubscribe, manage = links(mail["text"])
    assert urlsplit(unsubscribe).path == f"/email/unsubscribe/{one['id']}"
    tokens = site.app.alerts.people.tokens
    assert tokens.read(token_in(unsubscribe)) == {"subscriber_id": 1}
    assert urlsplit(manage).path == "/email/manage/authenticate"
    assert parse_qs(urlsplit(manage).query)["address"] == ["Test@Example.com"]


@pytest.mark.gen_test
async def test_another_frequency_is_another_subscription(site: Site) -> None:
    caller = await publisher(site)
    made = (await caller.listed())["id"]
    first = await subscribe(caller, made, frequency="daily", skip_confirmation_email=True)
    second = await subscribe(caller, made, frequency="weekly")
    assert (second["frequency"], second["source"]) == ("weekly", "frequency_changed")
    assert second["id"] != first["id"]
    assert second["subscriber"] == first["subscriber"]
    (mail,) = await emails(site)
    assert "once a week" in mail["text"]
    ended = (await caller.ask("GET", f"/subscriptions/{first['id']}")).json["subscription"]
    assert ended["ended_reason"] == "frequency_changed"
    assert ended["ended_at"] == ended["updated_at"] == second["created_at"]
    assert (ended["frequency"], set(ended)) == ("daily", SUBSCRIPTION_KEYS)
    latest = await caller.ask("GET", f"/subscriptions/{first['id']}/latest")
    assert latest.json["subscription"] == second
    # A PATCH: the same is the same, another one is another; nobody is told.
    path = f"/subscriptions/{second['id']}"
    same = await caller.ask("PATCH", path, {"frequency": "weekly"})
    assert said(same) == (200, {"subscription": second})
    for bad in ODD_FREQUENCIES:
        assert said(await caller.ask("PATCH", path, {"frequency": bad})) == NO_DETAILS
    assert said(await caller.ask("PATCH", path, {})) == (400, BAD_REQUEST)
    changed = await caller.ask("PATCH", path, b"frequency=daily", FORM)
    third = changed.json["subscription"]
    assert (changed.status, third["frequency"], third["source"]) == (
        *(200, "daily"),
        "frequency_changed",
    )
    assert third["id"] not in (first["id"], second["id"])
    for gone in (second["id"], U, "1", "string%20id"):
        answer = await caller.ask("PATCH", f"/subscriptions/{gone}", {"frequency": "weekly"})
        assert said(answer) == (404, NOT_FOUND)
    assert len(await emails(site)) == 1
    # Ended, and made anew: those that ended before do not count.
    path = f"/unsubscribe/{third['id']}"
    assert said(await caller.ask("POST", path, {})) == (204, None)
    for gone in (path, f"/unsubscribe/{U}", "/unsubscribe/x", "/unsubscribe/1"):
        assert said(await caller.ask("POST", gone)) == (404, NOT_FOUND)
    ended = (await caller.ask("GET", f"/subscriptions/{third['id']}")).json["subscription"]
    assert ended["ended_reason"] == "unsubscribed"
    anew = await subscribe(caller, made, frequency="daily")
    assert anew["source"] == "user_signed_up"
    assert len(await emails(site)) == 2


@pytest.mark.gen_test
async def test_what_subscribing_refuses_makes_nothing(site: Site) -> None:
    caller = await publisher(site)
    made = (await caller.listed())["id"]
    good = {"address": ADDRESS, "subscriber_list_id": made}
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"subscriber_list_id": made}, (400, BAD_REQUEST)),
        ({"address": ADDRESS}, (400, BAD_REQUEST)),
        *(({**good, "address": one}, (400, BAD_REQUEST)) for one in BLANK),
        *(({**good, "address": one}, NO_EMAIL) for one in ("x", "me@localhost", 7, True)),
        ({**good, "subscriber_list_id": ""}, (400, BAD_REQUEST)),
        *(
            ({**good, "subscriber_list_id": one}, (404, NOT_FOUND))
            for one in (made + 1, "x", 0, -1, 1.5, 2**63, "9" * 40, True)
        ),
        *(({**good, "frequency": one}, NO_DETAILS) for one in ODD_FREQUENCIES),
    ]
    for body, wanted in cases:
        assert said(await caller.ask("POST", "/subscriptions", body)) == wanted, body
    smoke = {**good, "address": "simulate-delivered@Notifications.service.gov.uk"}
    for body in (smoke, {"address": smoke["address"]}):
        answer = await caller.ask("POST", "/subscriptions", body)
        assert said(answer) == (201, {"id": 0, "subscription": None})
    for path in (U, f"{U}/latest", "1", "x%20y", "x/latest"):
        assert said(await caller.ask("GET", f"/subscriptions/{path}")) == (404, NOT_FOUND)
    for name in ("subscribers", "subscriptions", "emails"):
        assert await rows(site, name) == []
    other = await publisher(site, "other", "status_updates")
    for verb, path in [
        *(("POST", "/subscriptions"), ("GET", f"/subscriptions/{U}"), ("PATCH", "/subscribers/1")),
        *(("POST", f"/unsubscribe/{U}"), ("GET", "/subscribers/govuk-account/x")),
    ]:
        assert (await other.ask(verb, path)).status == 403
        assert (await site.request(verb, path)).status == 401


@pytest.mark.gen_test
async def test_several_at_once_make_one(site: Site) -> None:
    caller = await publisher(site)
    made = (await caller.listed())["id"]
    both = await asyncio.gather(*(subscribe(caller, made, ADDRESS) for _ in range(6)))
    assert len({one["id"] for one in both}) == 1
    assert len(await emails(site)) == 1
    often = [("daily", "weekly")[at % 2] for at in range(6)]
    await asyncio.gather(*(subscribe(caller, made, ADDRESS, frequency=one) for one in often))
    kept = await rows(site, "subscriptions")
    assert len([one for one in kept if one.get("active")]) == 1
    assert len(await rows(site, "subscribers")) == 1
    assert all(one["ended_reason"] == "frequency_changed" for one in kept if "active" not in one)
    counted = (await caller.listed())["active_subscriptions_count"]
    assert counted == 1


@pytest.mark.gen_test
async def test_a_key_is_used_once(site: Site) -> None:
    caller = await publisher(site)
    made = (await caller.listed())["id"]
    headers = {"Idempotency-Key": "one"}
    body = {"address": ADDRESS, "subscriber_list_id": made, "frequency": "daily"}

    async def ask(body: Any, path: str = "/subscriptions") -> Any:
        return await caller.ask("POST", path, body, headers)

    first, *others = await asyncio.gather(*(ask(body) for _ in range(3)))
    assert {one.body for one in others} == {first.body}
    assert (await ask({**body, "frequency": "weekly"})).status == 422
    assert (await ask(body, "/subscriptions?frequency=weekly")).status == 422, "nor by its query"
    # Once it ended, the same request again answers with it and does not make it anew.
    one = first.json["subscription"]["id"]
    await caller.ask("POST", f"/unsubscribe/{one}")
    again = (await ask(body)).json["subscription"]
    assert (again["id"], again["ended_reason"]) == (one, "unsubscribed")
    assert len(await rows(site, "subscriptions")) == len(await emails(site)) == 1
    wanted = {"address": ADDRESS, "topic_id": "title", "frequency": "daily"}
    for _ in range(3):
        assert said(await ask(wanted, "/subscriptions/auth-token")) == (200, {})
    assert len(await emails(site)) == 2


@pytest.mark.gen_test
async def test_a_link_for_who_wants_to_subscribe(site: Site) -> None:
    caller = await publisher(site)
    await caller.listed(title="News")
    path, good = "/subscriptions/auth-token", {"address": ADDRESS, "topic_id": "news"}
    answer = await caller.ask("POST", path, {**good, "frequency": "weekly"})
    assert said(answer) == (200, {})
    (mail,) = await emails(site)
    assert (mail["address"], mail["subscriber"]) == (ADDRESS, None)
    (link,) = links(mail["text"])
    query = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == "/email/subscriptions/authenticate"
    assert (query["topic_id"], query["frequency"]) == (["news"], ["weekly"])
    data = site.app.alerts.people.tokens.read(token_in(link))
    assert data == {**good, "frequency": "weekly"}
    refusals = {
        "address": ["can't be blank"],
        "topic_id": ["can't be blank"],
        "frequency": ["is not included in the list"],
    }
    assert said(await caller.ask("POST", path, {})) == unprocessable(**refusals)
    bad = {"address": "x", "topic_id": "news", "frequency": "hourly"}
    texts = {"address": ["is not an email address"], "frequency": refusals["frequency"]}
    assert said(await caller.ask("POST", path, bad)) == unprocessable(**texts)
    unknown = {**good, "topic_id": "unknown", "frequency": "daily"}
    assert said(await caller.ask("POST", path, unknown)) == (404, NOT_FOUND)
    assert len(await emails(site)) == 1
    assert await rows(site, "subscribers") == []


class TestAnybody:
    """With the permissions turned off."""

    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_ALERTS_AUTH": "false"}

    @pytest.mark.gen_test
    async def test_anybody_may_call(self, site: Site) -> None:
        made = await site.request("POST", "/subscriber-lists", body={"title": "Title"})
        number = made.json["subscriber_list"]["id"]
        body = {"address": ADDRESS, "subscriber_list_id": number}
        answers = [
            await site.request("POST", "/subscriptions", body=body, headers=headers)
            for headers in ({}, {"Idempotency-Key": "k"}, {"Idempotency-Key": "k"})
        ]
        assert {one.status for one in answers} == {200}
        assert len({one.body for one in answers}) == 1
        assert answers[0].json["subscription"]["subscriber"]["signon_user_uid"] is None
