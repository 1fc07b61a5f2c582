"""Message sets and their messages over HTTP (seed 000; stages contract, 1.2.3 and 1.2.4)."""

from typing import Any

import pytest

from tests.handlers.schedule_calls import NOT_FOUND, make, worker
from tests.handlers.stage_calls import (
    MESSAGES,
    NO_CHOICE,
    REQUIRED,
    SETS,
    SUBSCRIPTIONS,
    ids_of,
    new_message,
    new_set,
    no_such,
    subscribe,
)
from tests.sites import Site


@pytest.mark.gen_test
async def test_a_set_is_made_shown_changed_and_deleted(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    assert made == {
        "id": made["id"],
        "short_name": "first",
        "label": "",
        "content_type": "text",
        "notes": None,
        "next_set": None,
        "default_schedule": made["default_schedule"],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    for path in (f"{SETS}{made['id']}/", f"{SETS}{made['id']}"):
        assert (await site.request("GET", path, who)).json == made
    second = await new_set(site, who, "second", next_set=made["id"], content_type="audio")
    listed = (await site.request("GET", SETS, who)).json
    assert listed == {"count": 2, "next": None, "previous": None, "results": [made, second]}
    path = f"{SETS}{made['id']}/"
    changed = (await site.request("PATCH", path, who, body={"label": " One "})).json
    assert changed == {**made, "label": "One", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]
    message = await new_message(site, who, made, 1)
    gone = await site.request("DELETE", path, who)
    assert (gone.status, gone.body) == (204, b"")
    assert (await site.request("DELETE", path, who)).status == 404
    assert (await site.request("GET", f"{MESSAGES}{message['id']}/", who)).json == NOT_FOUND
    left = (await site.request("GET", f"{SETS}{second['id']}/", who)).json
    assert left["next_set"] is None, "it led on to the one that is gone"
    assert (await new_set(site, who, "first"))["id"] > second["id"], "the name is free again"


@pytest.mark.gen_test
async def test_what_a_set_refuses_all_at_once(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    schedule = made["default_schedule"]
    taken = ["message set with this Short name already exists."]
    cases: list[tuple[Any, Any]] = [
        ({}, {"short_name": REQUIRED, "default_schedule": REQUIRED}),
        (
            {"short_name": "first", "default_schedule": 99, "next_set": "98", "content_type": "x"},
            {
                "short_name": taken,
                "default_schedule": no_such(99),
                "next_set": no_such(98),
                "content_type": ['"x" is not a valid choice.'],
            },
        ),
        (
            {"short_name": "n" * 101, "default_schedule": "x", "next_set": [1]},
            {
                "short_name": ["Ensure this field has no more than 100 characters."],
                "default_schedule": ["Incorrect type. Expected pk value, received str."],
                "next_set": ["Incorrect type. Expected pk value, received list."],
            },
        ),
        (
            {"short_name": "n", "default_schedule": None},
            {"default_schedule": ["This field may not be null."]},
        ),
        ({"short_name": "n", "default_schedule": 10**30}, {"default_schedule": no_such(10**30)}),
    ]
    for body, problems in cases:
        answer = await site.request("POST", SETS, who, body=body)
        assert (answer.status, answer.json) == (400, problems), body
    other = await new_set(site, who, "other", default_schedule=schedule)
    path = f"{SETS}{other['id']}/"
    answer = await site.request("PATCH", path, who, body={"short_name": "first"})
    assert (answer.status, answer.json) == (400, {"short_name": taken})
    same = await site.request("PATCH", path, who, body={"short_name": "other", "notes": "n"})
    assert (same.status, same.json["notes"]) == (200, "n")


@pytest.mark.gen_test
async def test_what_is_in_use_is_not_deleted(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    taken = await subscribe(site, who, made)
    answer = await site.request("DELETE", f"{SETS}{made['id']}/", who)
    assert answer.status == 409
    assert answer.json == {"detail": f"This message set is in use by subscription {taken['id']}."}
    schedule = f"/api/v1/schedule/{made['default_schedule']}/"
    other = await make(site, who, cron_definition="0 8 * * *", enabled=False)
    walk = await subscribe(site, who, made, schedule=other["id"])
    for path, user in (
        (schedule, f"message set {made['id']}"),
        (f"/api/v1/schedule/{other['id']}/", f"subscription {walk['id']}"),
    ):
        answer = await site.request("DELETE", path, who)
        detail = f"This schedule is in use by {user}."
        assert (answer.status, answer.json) == (409, {"detail": detail})
    for one in (taken, walk):
        assert (await site.request("DELETE", f"{SUBSCRIPTIONS}{one['id']}/", who)).status == 204
    assert (await site.request("DELETE", schedule, who)).status == 409, "the set names it yet"
    assert (await site.request("DELETE", f"{SETS}{made['id']}/", who)).status == 204
    assert (await site.request("DELETE", schedule, who)).status == 204


@pytest.mark.gen_test
async def test_a_message_and_its_content(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    second = await new_message(site, who, made, 2, metadata={"a": [1]})
    first = await new_message(site, who, made, 1, lang="afr_ZA")
    assert second == {
        "id": second["id"],
        "messageset": made["id"],
        "sequence_number": 2,
        "lang": "eng_ZA",
        "metadata": {"a": [1]},
        "text_content": "message 2",
        "binary_content": None,
        "created_at": second["created_at"],
        "updated_at": second["created_at"],
    }
    assert list(second) == [
        *("id", "messageset", "sequence_number", "lang", "metadata", "text_content"),
        *("binary_content", "created_at", "updated_at"),
    ]
    contents = [{k: m[k] for k in m if k != "metadata"} for m in (first, second)]
    for slash in ("/", ""):
        path = f"{MESSAGES}{second['id']}/content{slash}"
        assert (await site.request("GET", path, who)).json == contents[1]
        whole = await site.request("GET", f"{SETS}{made['id']}/messages{slash}", who)
        shown = {k: made[k] for k in made if k not in ("label", "content_type")}
        assert whole.json == {**shown, "messages": contents}
        spoken = await site.request("GET", f"/api/v1/messageset_languages{slash}", who)
        assert spoken.json == {str(made["id"]): ["afr_ZA", "eng_ZA"]}
    empty = await new_set(site, who, "empty")
    spoken = await site.request("GET", "/api/v1/messageset_languages/", who)
    assert spoken.json[str(empty["id"])] == []
    listed = (await site.request("GET", MESSAGES, who)).json
    assert [one["id"] for one in listed["results"]] == [second["id"], first["id"]]
    bare = await site.request("GET", "/api/v1/message", who)
    assert b"results" not in bare.body, "that is announcements'"


@pytest.mark.gen_test
async def test_what_a_message_refuses(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    first, second = [await new_message(site, who, made, number) for number in (1, 2)]
    place = {"messageset": made["id"], "sequence_number": 1, "lang": "eng_ZA"}
    unique = {
        "non_field_errors": ["The fields messageset, sequence_number, lang must make a unique set."]
    }
    nothing = ["Messages must have text or file attached"]
    special = 'Text "it’s “x”" has special characters which can be replaced: ’ “ ”'
    cases: list[tuple[Any, Any]] = [
        ({}, {name: REQUIRED for name in ("messageset", "sequence_number", "lang")}),
        ({**place, "text_content": "again"}, unique),
        ({**place, "sequence_number": 3}, nothing),
        ({**place, "sequence_number": 3, "text_content": "  "}, nothing),
        ({**place, "sequence_number": 3, "text_content": "it’s “x”"}, {"text_content": [special]}),
        (
            {**place, "sequence_number": "x", "lang": "eng_ZAF", "metadata": None},
            {
                "sequence_number": ["A valid integer is required."],
                "lang": ["Ensure this field has no more than 6 characters."],
                "metadata": ["This field may not be null."],
            },
        ),
        (
            {**place, "messageset": 77, "binary_content": 5},
            {"messageset": no_such(77), "binary_content": no_such(5)},
        ),
    ]
    for body, problems in cases:
        answer = await site.request("POST", MESSAGES, who, body=body)
        assert (answer.status, answer.json) == (400, problems), body
    path = f"{MESSAGES}{second['id']}/"
    for change, problems in (({"sequence_number": 1}, unique), ({"text_content": None}, nothing)):
        answer = await site.request("PATCH", path, who, body=change)
        assert (answer.status, answer.json) == (400, problems), change
    whole = {**place, "sequence_number": 2}
    answer = await site.request("PUT", path, who, body=whole)
    assert (answer.status, answer.json["text_content"]) == (200, "message 2")
    assert (await site.request("DELETE", f"{MESSAGES}{first['id']}/", who)).status == 204
    assert (await new_message(site, who, made, 1))["id"] != first["id"], "its place is free again"


@pytest.mark.gen_test
async def test_filters_of_sets_and_messages(site: Site) -> None:
    who = await worker(site)
    one, two = await new_set(site, who, "one"), await new_set(site, who, "two", label="x")
    await site.request("PATCH", f"{SETS}{two['id']}/", who, body={"content_type": "audio"})
    assert await ids_of(site, who, f"{SETS}?short_name=one") == [one["id"]]
    assert await ids_of(site, who, f"{SETS}?content_type=audio") == [two["id"]]
    wrong = await site.request("GET", f"{SETS}?content_type=video", who)
    choice = "Select a valid choice. video is not one of the available choices."
    assert (wrong.status, wrong.json) == (400, {"content_type": [choice]})
    first, second = [await new_message(site, who, one, number) for number in (1, 2)]
    other = await new_message(site, who, two, 1, lang="afr_ZA")
    assert await ids_of(site, who, f"{MESSAGES}?messageset={two['id']}") == [other["id"]]
    assert await ids_of(site, who, f"{MESSAGES}?sequence_number=1") == [first["id"], other["id"]]
    both = f"{MESSAGES}?sequence_number=2&lang=eng_ZA&messageset={one['id']}"
    assert await ids_of(site, who, both) == [second["id"]]
    wrong = await site.request("GET", f"{MESSAGES}?messageset=99&sequence_number=abc", who)
    assert (wrong.status, wrong.json) == (
        400,
        {"messageset": NO_CHOICE, "sequence_number": ["Enter a number."]},
    )
