"""Sending by hand over HTTP, into the inbox (stages contract, 1.2.7 and 3.1)."""

from typing import Any
from uuid import uuid4

import pytest

from tests.handlers.schedule_calls import worker
from tests.handlers.stage_calls import (
    MESSAGES,
    SUBSCRIPTIONS,
    ids_of,
    new_message,
    new_set,
    subscribe,
    upload,
)
from tests.handlers.stage_walks import READY, THROUGH, act, idle, notices, shown, stands
from tests.sites import Site


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_STAGES_DRY_RUN": "dry"}


@pytest.mark.gen_test
async def test_a_walk_through_two_sets_by_hand(site: Site) -> None:
    who, alice = await worker(site), await site.person("alice")
    socket = await site.socket(alice)
    second = await new_set(site, who, "second")
    first = await new_set(site, who, label="First", next_set=second["id"])
    for number in (1, 3):  # a gap ends nobody's walk
        await new_message(site, who, first, number)
    message = await new_message(site, who, second, 1)
    kept = {"version": 7, "metadata": {"prepend_next_delivery": "Welcome.", "a": 1}}
    walk = await subscribe(site, who, first, identity="alice", **kept)

    await act(site, who, walk, "send")
    frame = await socket.change("notice")
    assert frame["item"]["content"] == "Welcome.\nmessage 1"
    origin = {"area": "stages", "title": "First", "url": None}
    assert {key: frame["origin"][key] for key in origin} == origin
    await stands(site, who, walk, next_sequence_number=3, **READY)
    now = await shown(site, who, walk)
    assert now["metadata"] == {"prepend_next_delivery": None, "a": 1}
    assert now["updated_at"] > walk["updated_at"]

    await act(site, who, walk, "resend")
    assert (await socket.change("notice"))["item"]["content"] == "message 1"
    await act(site, who, walk, "send")
    assert (await socket.change("notice"))["item"]["content"] == "message 3"
    await stands(site, who, walk, next_sequence_number=3, **THROUGH)
    (following, _) = (await site.request("GET", SUBSCRIPTIONS, who)).json["results"]
    wanted = {"messageset": second["id"], "schedule": second["default_schedule"], "version": 1}
    wanted |= {"identity": "alice", "next_sequence_number": 1, "metadata": None, **READY}
    assert {key: following[key] for key in wanted} == wanted

    # An edited message goes out as it is now.
    edit = {"text_content": "edited"}
    assert (
        await site.request("PATCH", f"{MESSAGES}{message['id']}/", who, body=edit)
    ).status == 200
    await act(site, who, following, "send")
    assert (await socket.change("notice"))["item"]["content"] == "edited"
    await stands(site, who, following, next_sequence_number=1, **THROUGH)
    await act(site, who, following, "send")
    await act(site, who, walk, "resend")
    await idle(site)
    assert await notices(site, alice) == [
        *("Welcome.\nmessage 1", "message 1", "message 3", "edited"),
    ]
    assert len(await ids_of(site, who, SUBSCRIPTIONS)) == 2
    await socket.close()


@pytest.mark.gen_test
async def test_what_is_not_sent(site: Site) -> None:
    who, alice = await worker(site), await site.person("alice", identities=("stated",))
    made = await new_set(site, who)
    await new_message(site, who, made, 1)
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"active": False}, {}),
        ({"completed": True}, {}),
        ({"process_status": 1}, {}),
        ({"identity": "nobody"}, {"process_status": -1}),
        ({"next_sequence_number": 5}, THROUGH),  # past the end
        ({"lang": "afr_ZA"}, {}),  # nothing in this language: reported
    ]
    walks = [await subscribe(site, who, made, **{"identity": "alice", **one}) for one, _ in cases]
    for walk in walks:
        await act(site, who, walk, "send")
    await idle(site)
    for (_, news), walk in zip(cases, walks, strict=True):
        now = await shown(site, who, walk)
        assert {**now, "updated_at": 0} == {**walk, **news, "updated_at": 0}
    failed = (await site.request("GET", "/api/v1/failed-tasks/", who)).json["results"]
    assert [(one["subscription_id"], one["reason"]) for one in failed] == [
        (walks[-1]["id"], "Message set first has nothing in afr_ZA.")
    ]
    assert await notices(site, alice) == []

    # What failed is begun anew once the message is there.
    await new_message(site, who, made, 1, lang="afr_ZA", text_content="Goeie more.")
    assert (await site.request("POST", "/api/v1/failed-tasks/", who)).status == 201
    await stands(site, who, walks[-1], **THROUGH)
    await idle(site)
    assert await notices(site, alice) == ["Goeie more."]

    # Unknown and malformed ids.
    for odd in (str(uuid4()), "0", "x", "9" * 40):
        for action, reason in [
            ("send", "Missing subscription in control"),
            ("resend", f"Cannot find subscription with ID {odd}"),
        ]:
            answer = await site.request("POST", f"{SUBSCRIPTIONS}{odd}/{action}", who)
            assert (answer.status, answer.json) == (400, {"accepted": False, "reason": reason})


@pytest.mark.gen_test
async def test_files_dry_runs_and_who_is_meant(site: Site) -> None:
    who = await worker(site)
    names = {"identities": ("7",), "email": "Ann@example.org", "email_verified": True}
    ann = await site.person("ann", **names)
    bob = await site.person("7")  # a stated identity comes before a name
    await site.person("eve", email="eve@example.org")
    file = (await upload(site, who, "day.mp3", b"sound")).json
    audio = await new_set(site, who, "heard", content_type="audio")
    await new_message(site, who, audio, 1, text_content=None, binary_content=file["id"])
    text = await new_set(site, who, "seen")
    await new_message(site, who, text, 1, binary_content=file["id"])
    silent = await new_set(site, who, "silent", content_type="audio")
    await new_message(site, who, silent, 1)
    dry = await new_set(site, who, "dry")
    await new_message(site, who, dry, 1)
    await new_message(site, who, dry, 2)
    url = f"http://127.0.0.1:8000/media/{file['content'].rsplit('/')[-1]}"
    first = {"prepend_next_delivery": "http://example.org/welcome.mp3"}
    walks = [
        await subscribe(site, who, audio, identity="7", metadata=first),
        await subscribe(site, who, text, identity=str(bob.id)),
        await subscribe(site, who, text, identity="ann@EXAMPLE.org"),
        await subscribe(site, who, text, identity="eve@example.org"),  # was never verified
        await subscribe(site, who, silent, identity="ann"),
        await subscribe(site, who, dry, identity="ann"),
        await subscribe(site, who, dry, identity="nobody"),
    ]
    for walk in walks:
        await act(site, who, walk, "send")
    await idle(site)
    heard = f"http://example.org/welcome.mp3\n{url}"
    assert sorted(await notices(site, ann)) == sorted([heard, f"message 1\n{url}"])
    assert await notices(site, bob) == [f"message 1\n{url}"]
    now = [await shown(site, who, walk) for walk in walks]
    assert [one["process_status"] for one in now] == [2, 2, 2, -1, 0, 0, -1]
    assert [one["next_sequence_number"] for one in now] == [1, 1, 1, 1, 1, 2, 1]
    (failed,) = (await site.request("GET", "/api/v1/failed-tasks/", who)).json["results"]
    assert failed["subscription_id"] == walks[4]["id"]
    assert failed["reason"].endswith("has no audio file.")


@pytest.mark.gen_test
async def test_a_key_sends_once_and_two_sends_are_two_messages(site: Site) -> None:
    who, alice = await worker(site), await site.person("alice")
    made = await new_set(site, who)
    for number in (1, 2, 3):
        await new_message(site, who, made, number)
    walk = await subscribe(site, who, made, identity="alice")
    path = f"{SUBSCRIPTIONS}{walk['number']}/send/"
    for _ in range(2):
        answer = await site.request("POST", path, who, headers={"Idempotency-Key": "k"})
        assert (answer.status, answer.json) == (201, {"accepted": True})
    await act(site, who, walk, "send")
    await idle(site)
    await stands(site, who, walk, next_sequence_number=3, **READY)
    assert await notices(site, alice) == ["message 1", "message 2"]
