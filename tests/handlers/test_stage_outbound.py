"""Sending by an identity store and a message sender (stages contract, 3.1 to 3.3)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import StoreUris, settings_for
from tests.handlers.schedule_calls import PATH, worker
from tests.handlers.stage_calls import IDENTITY, new_message, new_set, subscribe, upload
from tests.handlers.stage_walks import READY, THROUGH, act, idle, notices, shown, stands
from tests.receivers import Receiver, Reply
from tests.sites import Person, Site

ADDRESS = "+27123"
HERE = Reply(body=json.dumps({"results": [{"address": ADDRESS}]}).encode())
NOWHERE = Reply(body=b'{"results": []}')
UNSET = Reply(body=b'{"results": [{"address": null}]}')
FAILED_TASKS = "/api/v1/failed-tasks/"


@dataclass(frozen=True)
class Town:
    """A site whose stage messages go out to ``services``, both in one receiver."""

    site: Site
    services: Receiver
    who: Person


@asynccontextmanager
async def town(uris: StoreUris, database: str, **more: str) -> AsyncIterator[Town]:
    async with Receiver() as services:
        stages = {
            "CHANNELS": "outbound",
            "IDENTITY_STORE_URL": services.url("/identity/api/v1"),
            "IDENTITY_STORE_TOKEN": "of-store",
            "MESSAGE_SENDER_URL": services.url("/sender/api/v1/"),
            "MESSAGE_SENDER_TOKEN": "of-sender",
            "RETRY_DELAYS_S": "0,0",
            **more,
        }
        environ = {f"CARILLON_STAGES_{name}": value for name, value in stages.items()}
        async with Site(settings_for(database, **environ), uris) as site:
            yield Town(site, services, await worker(site))


def body_of(content: str, **more: Any) -> dict[str, Any]:
    return {
        "to_addr": ADDRESS,
        "to_identity": IDENTITY,
        "delivered": "false",
        "resend": "false",
        "content": content,
        "metadata": {},
        **more,
    }


@pytest.mark.gen_test(timeout=60)
async def test_what_goes_out_and_where_one_stands_then(
    store_uris: StoreUris, database_name: str
) -> None:
    async with town(store_uris, database_name, DRY_RUN="dry") as made:
        site, services, who = made.site, made.services, made.who
        file = (await upload(site, who, "day.jpg", b"picture")).json
        url = f"http://127.0.0.1:8000/media/{file['content'].rsplit('/')[-1]}"
        messages = await new_set(site, who)
        await new_message(site, who, messages, 1, metadata={"a": {"b": 1}})
        await new_message(site, who, messages, 2, binary_content=file["id"])
        walk = await subscribe(site, who, messages, metadata={"prepend_next_delivery": "welcome"})
        services.answers = [HERE]
        await act(site, who, walk, "send")
        asked, sent = await services.has(2)
        assert (asked.method, asked.path, asked.query, asked.headers["Authorization"]) == (
            "GET",
            f"/identity/api/v1/identities/{IDENTITY}/addresses/msisdn",
            "default=True&use_communicate_through=True",
            "Token of-store",
        )
        assert (sent.method, sent.path, sent.headers["Authorization"]) == (
            "POST",
            "/sender/api/v1/outbound/",
            "Token of-sender",
        )
        assert sent.headers["Content-Type"] == "application/json"
        assert sent.json == body_of("welcome\nmessage 1", metadata={"a": {"b": 1}})
        assert str(UUID(sent.key)) == sent.key
        await stands(site, who, walk, next_sequence_number=2, **READY)
        assert (await shown(site, who, walk))["metadata"] == {"prepend_next_delivery": None}

        services.answers = [HERE]
        await act(site, who, walk, "resend")
        again = (await services.has(4))[3]
        assert again.json == body_of("message 1", metadata={"a": {"b": 1}}, resend="true")
        await idle(site)
        await stands(site, who, walk, next_sequence_number=2, **READY)

        services.answers = [HERE]
        await act(site, who, walk, "send")
        assert (await services.has(6))[5].json == body_of("message 2", metadata={"image_url": url})
        await stands(site, who, walk, next_sequence_number=2, **THROUGH)

        audio = await new_set(site, who, "audio", content_type="audio")
        await new_message(site, who, audio, 1, text_content=None, binary_content=file["id"])
        dry = await new_set(site, who, "dry")
        await new_message(site, who, dry, 1)
        for one, answers, calls, wanted in [
            (audio, [HERE], 8, THROUGH),
            (dry, [HERE], 9, THROUGH),
            (audio, [NOWHERE], 10, {"process_status": -1, "active": True}),
            (audio, [UNSET], 11, {"process_status": -1, "active": True}),
        ]:
            services.answers = list(answers)
            walk = await subscribe(site, who, one)
            await act(site, who, walk, "send")
            await services.has(calls)
            await stands(site, who, walk, next_sequence_number=1, **wanted)
        heard = services.got[7].json
        assert "content" not in heard
        assert heard["metadata"] == {"voice_speech_url": [url]}

        # A welcome comes before the sound; the set's channel is said; the first is sent once more.
        await site.app.stages.sets.change(None, audio["id"], {"channel": "CH"}, partial=True)
        await new_message(site, who, audio, 2, text_content=None, binary_content=file["id"])
        welcome = "http://example.org/welcome.mp3"
        walk = await subscribe(site, who, audio, metadata={"prepend_next_delivery": welcome})
        services.answers = [HERE, Reply(201), HERE]
        await act(site, who, walk, "resend")
        await services.has(13)
        await idle(site)
        await stands(site, who, walk, next_sequence_number=1, **READY)
        await act(site, who, walk, "send")
        await services.has(15)
        await stands(site, who, walk, next_sequence_number=2, **READY)
        shared = {"to_addr": ADDRESS, "to_identity": IDENTITY, "delivered": "false"}
        assert [services.got[at].json for at in (12, 14)] == [
            {**shared, "channel": "CH", "resend": again, "metadata": {"voice_speech_url": urls}}
            for again, urls in (("true", [url]), ("false", [welcome, url]))
        ]
        assert (await shown(site, who, walk))["metadata"] == {"prepend_next_delivery": None}


@pytest.mark.gen_test(timeout=60)
async def test_attempts_under_one_key_and_what_fails_for_good(
    store_uris: StoreUris, database_name: str
) -> None:
    async with town(store_uris, database_name) as made:
        site, services, who = made.site, made.services, made.who
        messages = await new_set(site, who)
        for number in (1, 2):
            await new_message(site, who, messages, number)
        walk = await subscribe(site, who, messages)
        services.answers = [Reply(503), HERE, Reply(500), HERE, Reply(201)]
        await act(site, who, walk, "send")
        got = await services.has(5)
        assert [one.method for one in got] == ["GET", "GET", "POST", "GET", "POST"]
        assert (got[2].key, got[2].body) == (got[4].key, got[4].body)
        await stands(site, who, walk, next_sequence_number=2, **READY)

        # The last attempt fails: a row, and it is ready again.
        services.answers = [HERE, Reply(500)] * 3
        await act(site, who, walk, "send")
        await services.has(11)
        await idle(site)
        await stands(site, who, walk, next_sequence_number=2, **READY)
        (row,) = (await site.request("GET", FAILED_TASKS, who)).json["results"]
        assert row["subscription_id"] == walk["id"]
        assert row["reason"] == f"127.0.0.1:{services.port} answered 500"
        counted = (await site.request("GET", "/metrics")).body.decode()
        for name, count in (
            ("sbm.send_next_message.http_error.503.sum", 1),
            ("sbm.send_next_message.http_error.500.sum", 4),
            ("subscriptions.send_next_message_errored.sum", 1),
        ):
            assert f'{{name="{name}",worker="1"}} {count}.0' in counted
        assert str(UUID(row["task_id"])) == row["task_id"]
        services.answers = [HERE]
        again = await site.request("POST", FAILED_TASKS, who)
        assert (again.status, again.json) == (201, {"requeued_failed_tasks": True})
        assert (await services.has(13))[12].json == body_of("message 2")
        await stands(site, who, walk, next_sequence_number=2, **THROUGH)
        assert (await site.request("GET", FAILED_TASKS, who)).json["count"] == 0


@pytest.mark.gen_test(timeout=60)
async def test_what_is_in_hand_is_waited_for_and_a_firing_goes_out(
    store_uris: StoreUris, database_name: str
) -> None:
    async with town(store_uris, database_name, CHANNELS="inbox,outbound") as made:
        site, services, who = made.site, made.services, made.who
        alice = await site.person("alice")
        messages = await new_set(site, who)
        for number in (1, 2, 3):
            await new_message(site, who, messages, number)
        walk = await subscribe(site, who, messages, identity="alice")
        gate = asyncio.Event()
        services.always = HERE  # whatever a message sender says, as long as it is 2xx
        services.answers = [HERE, Reply(gate=gate)]
        await act(site, who, walk, "send")
        await services.has(2)
        await stands(site, who, walk, process_status=1, next_sequence_number=1)
        answer = await site.request("POST", f"{PATH}{messages['default_schedule']}/send/", who)
        assert answer.status == 202
        await act(site, who, walk, "send")
        gate.set()
        await services.has(6)
        await stands(site, who, walk, next_sequence_number=3, **THROUGH)
        sent = [one.json["content"] for one in services.got if one.method == "POST"]
        assert sent == ["message 1", "message 2", "message 3"]
        await idle(site)
        # Both ways reach her.
        assert await notices(site, alice) == sent
        # Who is not there is reached by his inbox, and who has none by the message sender.
        services.always = NOWHERE
        other = await new_set(site, who, "other")
        await new_message(site, who, other, 1)
        near = await subscribe(site, who, other, identity="alice")
        gone = await subscribe(site, who, other, identity="nobody")
        await site.request("POST", f"{PATH}{other['default_schedule']}/send/", who)
        await stands(site, who, near, **THROUGH)
        await stands(site, who, gone, process_status=-1)


@pytest.mark.gen_test(timeout=60)
async def test_by_e_mail_to_a_verified_address(store_uris: StoreUris, database_name: str) -> None:
    settings = settings_for(database_name, CARILLON_STAGES_CHANNELS="email")
    async with Site(settings, store_uris) as site:
        who = await worker(site)
        address = {"email": "Ann@example.org", "email_verified": True}
        ann = await site.person("ann", identities=(IDENTITY,), **address)
        await site.person("bob", email="bob@example.org")  # was never verified
        messages = await new_set(site, who, label="Day by day")
        await new_message(site, who, messages, 1, text_content="*One*\nline")
        near = await subscribe(site, who, messages)
        gone = await subscribe(site, who, messages, identity="bob")
        for walk in (near, gone):
            await act(site, who, walk, "send")
        await stands(site, who, near, **THROUGH)
        await stands(site, who, gone, process_status=-1)
        await idle(site)
        (mail,) = await site.carillon.database.collection("alerts_emails").find({})
        assert (mail["address"], mail["subject"]) == ("Ann@example.org", "Day by day")
        assert mail["text"] == "\\*One\\*  \nline"
        assert mail["status"] == "sent"
        assert await notices(site, ann) == []
