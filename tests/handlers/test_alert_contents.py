"""Content changes, messages and bulk unsubscribing over HTTP (contract, 1.6-1.10, 5.2, 5.5)."""

import asyncio
from typing import Any

import pytest

from tests.handlers.alert_calls import (
    FORM,
    LIST_NOT_FOUND,
    Publisher,
    publisher,
    said,
    unprocessable,
)
from tests.sites import Site

CHANGES, MESSAGES = "/content-changes", "/messages"
U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
V = "b735f541-c29c-4dbf-8a7e-0b4e7a1d3c55"
CHANGE = {
    "content_id": U,
    "title": "Title",
    "base_path": "government/base_path",
    "change_note": "Note",
    "description": "",
    "public_updated_at": "2022-01-01 00:00:00 +0000",
    "email_document_supertype": "announcements",
    "government_document_supertype": "press-releases",
    "document_type": "press_release",
    "publishing_app": "whitehall",
    "tags": {"topics": ["oil"]},
    "links": {"organisations": U},
}
MESSAGE: dict[str, Any] = {
    "sender_message_id": U,
    "title": "Title",
    "body": "Body",
    "criteria_rules": [{"type": "tag", "key": "topics", "value": "oil"}],
}
QUEUED = 202, {"message": "Content change queued for sending"}
SENT = 202, {"message": "Message queued for sending"}
DUPLICATE = 409, {"error": "Content change already received"}
SEEN = 409, {"message": "Message already received"}
LIST_SEEN = 409, {"error": "Message already received"}
RELEASED = 202, {"message": "List queued for bulk unsubscription"}


async def kept(site: Site, name: str) -> list[Any]:
    return await site.carillon.database.collection(f"alerts_{name}").find({})


async def matched(site: Site) -> dict[str, set[int]]:
    """Once nothing is left to process: the lists by content."""
    await idle(site)
    found: dict[str, set[int]] = {}
    for one in await kept(site, "matches"):
        found.setdefault(one["content"], set()).add(one["list"])
    return found


async def idle(site: Site) -> None:
    """Return when nothing of alerts is left to process."""
    jobs, kinds = site.carillon._stores.jobs, ("alerts.process", "alerts.unsubscribe_list")
    async with asyncio.timeout(10):
        for kind in kinds:
            while not await jobs.is_idle(site.app.clock.wall(), kind):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.mark.gen_test
async def test_a_content_change_is_received_once_and_matched(site: Site) -> None:
    caller = await publisher(site)
    lists = [
        await caller.listed(title="tag", tags={"topics": ["oil"]}),
        await caller.listed(
            title="link", links={"organisations": [U]}, document_type="press_release"
        ),
        await caller.listed(title="page", content_id=U, document_type="other"),
        await caller.listed(title="type", document_type="press_release"),
        await caller.listed(title="all"),
        await caller.listed(
            title="derived", tags={"content_purpose_supergroup": ["news_and_communications"]}
        ),
    ]
    others = [
        await caller.listed(title="tag", tags={"topics": ["gas"]}),
        await caller.listed(title="all of", tags={"topics": {"all": ["oil", "gas"]}}),
        await caller.listed(title="type", document_type="speech"),
        await caller.listed(title="link", links={"organisations": [V]}),
    ]
    header = {"Govuk-Request-Id": "request-1"}
    assert said(await caller.ask("POST", CHANGES, CHANGE, header)) == QUEUED
    again = {**CHANGE, "title": None, "priority": "x", "public_updated_at": "2022-01-01T00:00:00Z"}
    assert said(await caller.ask("POST", CHANGES, again)) == DUPLICATE
    few = {key: CHANGE[key] for key in ("content_id", "base_path", "public_updated_at")}
    assert said(await caller.ask("POST", CHANGES, few)) == DUPLICATE
    (stored,) = await kept(site, "content_changes")
    assert await matched(site) == {stored["_id"]: {one["id"] for one in lists}}
    (stored,) = await kept(site, "content_changes")
    assert stored["processed_at"] >= stored["created_at"]
    assert stored["govuk_request_id"] == "request-1"
    assert stored["signon_user_uid"] == str(caller.person.id)
    for one in (*lists, *others):
        shown = (await caller.ask("GET", f"/subscriber-lists/{one['slug']}")).json
        alerted = shown["subscriber_list"]["last_alerted_at"]
        assert (one["title"], alerted is not None) == (one["title"], one in lists)


@pytest.mark.gen_test
async def test_seed_and_odd_content_changes(site: Site) -> None:
    caller = await publisher(site)
    made = await caller.listed(tags={"any": {"tag": ["values"]}})
    seed = {"subject": "This is the subject", "body": "Email body here"}
    tags = {"tag": {"any": ["values"]}}
    for _ in range(2):  # without an id of its own it is no duplicate
        assert said(await caller.ask("POST", CHANGES, {**seed, "tags": tags})) == QUEUED
    form = b"subject=S&body=B&tags[tag][]=values&tags[tag][]=x"
    assert said(await caller.ask("POST", CHANGES, form, FORM)) == QUEUED
    found = await matched(site)
    assert len(found) == 3
    assert all(made["id"] in lists for lists in found.values())
    ids = {one["govuk_request_id"] for one in await kept(site, "content_changes")}
    assert len(ids) == 3, "a request without an id gets one"
    blank = ["can't be blank"]
    wrong = {**CHANGE, "title": None, "content_id": "x", "public_updated_at": ""}
    details = {"title": blank, "content_id": blank, "public_updated_at": blank}
    assert said(await caller.ask("POST", CHANGES, wrong)) == unprocessable(**details)
    other = {**CHANGE, "priority": "urgent"}
    answer = await caller.ask("POST", CHANGES, other)
    assert said(answer) == unprocessable(priority=["is not included in the list"])
    assert len(await kept(site, "content_changes")) == 3


@pytest.mark.gen_test
async def test_a_message_is_received_once_and_matched(site: Site) -> None:
    caller = await publisher(site)
    oil = await caller.listed(tags={"topics": {"any": ["oil", "gas"]}}, document_type="x")
    await caller.listed(tags={"topics": {"all": ["oil"]}})
    body = {**MESSAGE, "sender_message_id": U.upper(), "url": "https://example.org/a"}
    assert said(await caller.ask("POST", MESSAGES, body)) == SENT
    for again in (MESSAGE, {"sender_message_id": U}):
        assert said(await caller.ask("POST", MESSAGES, again)) == SEEN
    free = {key: value for key, value in MESSAGE.items() if key != "sender_message_id"}
    rules = b"criteria_rules[][type]=tag&criteria_rules[][key]=topics&criteria_rules[][value]=gas"
    assert said(await caller.ask("POST", MESSAGES, b"title=T&body=B&" + rules, FORM)) == SENT
    seed = {**free, "criteria_rules": [{"type": "tag", "key": "tag-name", "value": "tag-value"}]}
    assert said(await caller.ask("POST", MESSAGES, seed)) == SENT
    found = await matched(site)
    assert found[U] == {oil["id"]}
    assert len(found) == 2
    assert {one["_id"] for one in await kept(site, "messages")} > set(found)
    wrong = {**free, "title": "", "criteria_rules": [{}], "sender_message_id": "x"}
    assert said(await caller.ask("POST", MESSAGES, wrong)) == unprocessable(
        title=["can't be blank"],
        sender_message_id=["is not a valid UUID"],
        criteria_rules=["does not conform to the criteria schema"],
    )
    assert len(await kept(site, "messages")) == 3


async def subscribe(caller: Publisher, number: int, *, many: int) -> None:
    for one in range(many):
        body = {"address": f"{one}@example.org", "subscriber_list_id": number}
        more = {"frequency": "weekly", "skip_confirmation_email": True}
        assert (await caller.ask("POST", "/subscriptions", {**body, **more})).status == 200


async def active(caller: Publisher, one: dict[str, Any]) -> int:
    answer = await caller.ask("GET", f"/subscriber-lists/{one['slug']}")
    count: int = answer.json["subscriber_list"]["active_subscriptions_count"]
    return count


@pytest.mark.gen_test
async def test_everybody_of_a_list_is_let_go(site: Site) -> None:
    caller = await publisher(site)
    one, other = await caller.listed(title="Title 1"), await caller.listed(document_type="x")
    for made in (one, other):
        await subscribe(caller, made["id"], many=3)
    assert await active(caller, one) == 3
    path = "/subscriber-lists/title-1/bulk-unsubscribe"
    unknown = path.replace("title-1", "missing")
    no_id = 422, {"error": "Unprocessable entity"}
    assert said(await caller.ask("POST", unknown, {"body": "x"})) == (404, LIST_NOT_FOUND)
    assert said(await caller.ask("POST", path, {"body": "x"})) == no_id
    blank, no_uuid = ["can't be blank"], ["is not a valid UUID"]
    for given, number, details in [
        ("x", "x", {"sender_message_id": no_uuid}),
        (" ", V, {"body": blank}),
        (["x"], V, {"body": blank}),
        ([], "x", {"body": blank, "sender_message_id": no_uuid}),
    ]:
        wrong = await caller.ask("POST", path, {"body": given, "sender_message_id": number})
        assert said(wrong) == unprocessable(**details)
    assert said(await caller.ask("POST", path, {"body": {}})) == no_id
    assert await kept(site, "messages") == []
    assert await active(caller, one) == 3

    body = {"body": "Message body here", "sender_message_id": V}
    assert said(await caller.ask("POST", path, body)) == RELEASED
    for again in (body, {"sender_message_id": V}):
        assert said(await caller.ask("POST", path, again)) == LIST_SEEN
    assert await matched(site) == {V: {one["id"]}}
    assert (await active(caller, one), await active(caller, other)) == (0, 3)
    (message,) = await kept(site, "messages")
    assert (message["title"], message["criteria_rules"]) == ("Title 1", [{"id": one["id"]}])
    assert message["override_subscription_frequency_to_immediate"]
    ended = [row for row in await kept(site, "subscriptions") if row["list"] == one["id"]]
    assert {row["ended_reason"] for row in ended} == {"bulk_unsubscribed"}

    path = path.replace("title-1", other["slug"])
    for _ in range(2):
        assert said(await caller.ask("POST", path, {"sender_message_id": U})) == RELEASED
    assert said(await caller.ask("POST", path, {})) == RELEASED
    await idle(site)
    assert await active(caller, other) == 0
    assert len(await kept(site, "messages")) == 1
    assert len(await kept(site, "emails")) == 3, "without a message nobody is written to"


@pytest.mark.gen_test
async def test_of_many_at_once_one_wins(site: Site) -> None:
    caller = await publisher(site)
    await caller.listed(title="Title 1")
    path = "/subscriber-lists/title-1/bulk-unsubscribe"
    body = {"body": "x", "sender_message_id": V}
    for answers, won, lost in [
        ([caller.ask("POST", CHANGES, CHANGE) for _ in range(8)], QUEUED, DUPLICATE),
        ([caller.ask("POST", MESSAGES, MESSAGE) for _ in range(8)], SENT, SEEN),
        ([caller.ask("POST", path, body) for _ in range(8)], RELEASED, LIST_SEEN),
    ]:
        found = [said(one) for one in await asyncio.gather(*answers)]
        assert sorted(found, key=str) == sorted([won, *[lost] * 7], key=str)
    await idle(site)
    assert len(await kept(site, "matches")) == 2


@pytest.mark.gen_test
async def test_sending_again_what_nobody_answered_has_it_processed(site: Site) -> None:
    """A process may die between keeping a content and adding its job; a client then sends again."""
    caller = await publisher(site)
    made = await caller.listed(title="all", tags={"topics": ["oil"]})
    contents = site.app.alerts.contents
    queue, contents.queue = contents.queue, _nothing  # type: ignore[method-assign,assignment]
    assert said(await caller.ask("POST", CHANGES, CHANGE)) == QUEUED
    assert said(await caller.ask("POST", MESSAGES, MESSAGE)) == SENT
    assert await matched(site) == {}
    contents.queue = queue  # type: ignore[method-assign]
    assert said(await caller.ask("POST", CHANGES, CHANGE)) == DUPLICATE
    assert said(await caller.ask("POST", MESSAGES, MESSAGE)) == SEEN
    found = await matched(site)
    assert len(found) == 2
    assert all(lists == {made["id"]} for lists in found.values())


async def _nothing(*_: object) -> bool:
    return False


@pytest.mark.gen_test
async def test_a_job_done_again_matches_nothing_new(site: Site) -> None:
    """Who died after matching goes on with what was matched (3.4)."""
    caller = await publisher(site)
    made = await caller.listed(title="all")
    await caller.ask("POST", CHANGES, CHANGE)
    before = await matched(site)
    (stored,) = await kept(site, "content_changes")
    later = await caller.listed(title="later", content_id=U)
    changes = site.carillon.database.collection("alerts_content_changes")
    await changes.update({"_id": stored["_id"]}, {"$set": {"processed_at": None}})
    jobs = site.carillon._stores.jobs
    body = {"kind": "content_change", "content": stored["_id"]}
    await jobs.add("again", "alerts.process", site.app.clock.wall(), body)
    assert await matched(site) == before == {stored["_id"]: {made["id"]}}
    assert later["id"] != made["id"]
    (stored,) = await kept(site, "content_changes")
    assert stored["processed_at"] is not None
