"""Subscribers over HTTP: lists, addresses, merging, ends, links (contract, 1.8, 1.11, 3.8)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.handlers.alert_calls import (
    BAD_REQUEST,
    NOT_FOUND,
    Publisher,
    publisher,
    said,
    unprocessable,
)
from tests.handlers.alert_people import (
    ADDRESS,
    SUBSCRIBER_KEYS,
    SUBSCRIPTION_KEYS,
    emails,
    links,
    rows,
    subscribe,
    token_in,
)
from tests.sites import Site

TAKEN = unprocessable(address=["has already been taken"])
NO_EMAIL = unprocessable(address=["is not an email address"])
WRONG_ORDER = (422, {"error": "Order parameter not valid"})
UNKNOWN = ("99", "0", "-1", "x", "1.5", str(2**63), "9" * 40)


async def _lists(caller: Publisher, *titles: str) -> list[int]:
    return [(await caller.listed(title=one, tags={"topics": [one]}))["id"] for one in titles]


async def _shown(caller: Publisher, subscriber: int, order: str = "") -> Any:
    query = f"?order={order}" if order else ""
    answer = await caller.ask("GET", f"/subscribers/{subscriber}/subscriptions{query}")
    assert answer.status == 200, answer
    return answer.json


async def _often(caller: Publisher, subscriber: int) -> dict[str, tuple[str, str]]:
    """Frequency and source by the list's title."""
    shown = (await _shown(caller, subscriber))["subscriptions"]
    return {one["subscriber_list"]["title"]: (one["frequency"], one["source"]) for one in shown}


@pytest.mark.gen_test
async def test_what_a_subscriber_has_in_each_order(site: Site) -> None:
    caller = await publisher(site)
    lists = await _lists(caller, "b", "a", "C", "gone")
    made = [await subscribe(caller, one, skip_confirmation_email=True) for one in lists]
    await caller.ask("POST", f"/unsubscribe/{made[3]['id']}")
    shown = await _shown(caller, 1)
    assert set(shown["subscriber"]) == {*SUBSCRIBER_KEYS, "signon_user_uid"}
    one = shown["subscriptions"][-1]
    more = {"subscriber_id", "subscriber_list_id", "signon_user_uid"}
    assert set(one) == (SUBSCRIPTION_KEYS - {"subscriber"}) | more
    assert (one["id"], one["subscriber_id"], one["subscriber_list_id"]) == (made[0]["id"], 1, 1)
    for order, wanted in [
        ("", "Cab"),
        ("-created_at", "Cab"),
        ("created_at", "baC"),
        ("title", "abC"),
        ("-title", "Cba"),
    ]:
        found = (await _shown(caller, 1, order))["subscriptions"]
        assert "".join(one["subscriber_list"]["title"] for one in found) == wanted
    for odd in ("order=id", "order=", "order=--title", "order[]=title"):
        for who in (1, 99):
            answer = await caller.ask("GET", f"/subscribers/{who}/subscriptions?{odd}")
            assert said(answer) == WRONG_ORDER
    for odd in UNKNOWN:
        answer = await caller.ask("GET", f"/subscribers/{odd}/subscriptions")
        assert said(answer) == (404, NOT_FOUND)
    # An end to all of it, once more than once.
    for _ in range(2):
        assert said(await caller.ask("DELETE", "/subscribers/1", {})) == (204, None)
    after = await _shown(caller, 1)
    assert (after["subscriptions"], after["subscriber"]["address"]) == ([], ADDRESS)
    ended = (await caller.ask("GET", f"/subscriptions/{made[0]['id']}")).json["subscription"]
    assert ended["ended_reason"] == "unsubscribed"
    for odd in UNKNOWN:
        assert said(await caller.ask("DELETE", f"/subscribers/{odd}")) == (404, NOT_FOUND)


@pytest.mark.gen_test
async def test_another_address(site: Site) -> None:
    caller = await publisher(site)
    (made,) = await _lists(caller, "a")
    await subscribe(caller, made, ADDRESS)
    await subscribe(caller, made, "Other@example.com")

    async def change(body: Any, who: object = 1) -> Any:
        return said(await caller.ask("PATCH", f"/subscribers/{who}", body))

    status, answer = await change({"new_address": "Test2@example.com"})
    assert (status, set(answer["subscriber"])) == (200, SUBSCRIBER_KEYS)
    assert answer["subscriber"]["address"] == "Test2@example.com"
    # Its own, in other letters too, and with merging: nothing ends (Appendix B, 2).
    for own in ("Test2@example.com", "TEST2@example.com"):
        for more in ({}, {"on_conflict": "merge"}):
            status, answer = await change({"new_address": own, **more})
            assert (status, answer["subscriber"]["address"]) == (200, own)
    assert len((await _shown(caller, 1))["subscriptions"]) == 1
    assert await change({"new_address": "oTHER@example.com"}) == TAKEN
    assert await change({"new_address": "OTHER@example.com", "on_conflict": "x"}) == TAKEN
    for odd in ("x", "me@localhost", "a@b.c,d@e.f"):
        assert await change({"new_address": odd}) == NO_EMAIL
    for body in ({}, {"new_address": None}, {"new_address": " "}, {"address": ADDRESS}):
        assert await change(body) == (400, BAD_REQUEST)
    for odd in UNKNOWN:
        assert await change({"new_address": ADDRESS}, odd) == (404, NOT_FOUND)
    assert len(await rows(site, "subscribers")) == 2


@pytest.mark.gen_test
async def test_merging_keeps_the_more_frequent_of_each_list(site: Site) -> None:
    caller = await publisher(site)
    own, theirs = {}, {}
    names = ("both-theirs", "both-mine", "same", "mine", "theirs", "ended")
    lists = dict(zip(names, await _lists(caller, *names), strict=True))
    for name, mine, other in [
        ("both-theirs", "daily", "immediately"),
        ("both-mine", "daily", "weekly"),
        ("same", "weekly", "weekly"),
        ("mine", "weekly", None),
        ("theirs", None, "daily"),
        ("ended", None, "daily"),
    ]:
        quiet: dict[str, Any] = {"skip_confirmation_email": True}
        if mine:
            own[name] = await subscribe(caller, lists[name], frequency=mine, **quiet)
        if other:
            theirs[name] = await subscribe(
                caller, lists[name], "old@example.com", frequency=other, **quiet
            )
    await caller.ask("POST", f"/unsubscribe/{theirs['ended']['id']}")
    keeper = own["mine"]["subscriber"]["id"]
    body = {"new_address": "OLD@example.com", "on_conflict": "merge"}
    answer = await caller.ask("PATCH", f"/subscribers/{keeper}", body)
    assert answer.json["subscriber"]["address"] == "OLD@example.com"
    merged = "subscriber_merged"
    assert await _often(caller, keeper) == {
        "both-theirs": ("immediately", merged),
        "both-mine": ("daily", "user_signed_up"),
        "same": ("weekly", "user_signed_up"),
        "mine": ("weekly", "user_signed_up"),
        "theirs": ("daily", merged),
    }
    absorbed = await _shown(caller, theirs["theirs"]["subscriber"]["id"])
    assert (absorbed["subscriber"]["address"], absorbed["subscriptions"]) == (None, [])
    reasons = {}
    for name, one in theirs.items():
        shown = await caller.ask("GET", f"/subscriptions/{one['id']}")
        reasons[name] = shown.json["subscription"]["ended_reason"]
    assert reasons == {**dict.fromkeys(theirs, merged), "ended": "unsubscribed"}
    ended = await caller.ask("GET", f"/subscriptions/{own['both-theirs']['id']}")
    assert ended.json["subscription"]["ended_reason"] == merged
    assert await emails(site) == []
    # The address is found again, at whom it is now.
    again = await subscribe(caller, lists["mine"], "old@example.com", frequency="weekly")
    assert again["id"] == own["mine"]["id"]


@pytest.mark.gen_test
async def test_a_link_to_sign_in_with(site: Site) -> None:
    caller = await publisher(site)
    (made,) = await _lists(caller, "a")
    await subscribe(caller, made, "Test@example.com", skip_confirmation_email=True)
    path = "/subscribers/auth-token"
    good = {"address": ADDRESS, "destination": "/sign-in?a=b#c", "redirect": "/page"}
    answer = await caller.ask("POST", path, good)
    assert (answer.status, set(answer.json["subscriber"])) == (201, SUBSCRIBER_KEYS)
    assert answer.json["subscriber"]["id"] == 1
    (mail,) = await emails(site)
    assert (mail["address"], mail["subscriber"]) == ("Test@example.com", 1)
    (link,) = links(mail["text"])
    parts = urlsplit(link)
    assert (parts.path, parts.fragment, parse_qs(parts.query)["a"]) == ("/sign-in", "c", ["b"])
    tokens = site.app.alerts.people.tokens
    claims = tokens.claims(token_in(link))
    assert claims is not None
    assert claims["data"] == {"subscriber_id": 1, "redirect": "/page"}
    assert (claims["iss"], claims["exp"] - claims["iat"]) == ("http://127.0.0.1:8000", 604_800)
    headers = {"Idempotency-Key": "k"}
    for _ in range(2):
        assert (await caller.ask("POST", path, good, headers)).status == 201
    assert len(await emails(site)) == 2
    outside = ["must be a root-relative URL"]
    for body, details in [
        ({}, {"address": ["can't be blank"], "destination": ["can't be blank"]}),
        ({**good, "address": "x"}, {"address": ["is not an email address"]}),
        ({**good, "destination": "https://x.org/"}, {"destination": outside}),
        ({**good, "destination": "//x.org/"}, {"destination": outside}),
        ({**good, "redirect": "https://x.org/"}, {"redirect": outside}),
        ({**good, "redirect": "x"}, {"redirect": outside}),
    ]:
        assert said(await caller.ask("POST", path, body)) == unprocessable(**details)
    for redirect in (None, ""):
        assert (await caller.ask("POST", path, {**good, "redirect": redirect})).status == 201
    unknown = {**good, "address": "unknown@example.com"}
    assert said(await caller.ask("POST", path, unknown)) == (404, NOT_FOUND)
    people = site.app.alerts.stores.people
    await people.subscribers.link(1, "account", 1)
    assert said(await caller.ask("POST", path, good)) == (403, None)
    assert len(await emails(site)) == 4
