"""The description of the live channel: whole, served, and true of a session's frames."""

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from handlers.description.channel import channel
from handlers.live.frames import FROM_CLIENT, FROM_SERVER, KINDS
from handlers.live.incoming import MARKS
from handlers.routes import application
from tests.answers import closed
from tests.conformance.wire import ask
from tests.handlers.light import light_app, served
from tests.sites import Site, Socket

WHOLE = channel()
# AsyncAPI's own, `3.0.0-without-$id.json` of @asyncapi/specs 6.11.1 (npm, Apache-2.0)
ASYNCAPI = Path(__file__).with_name("asyncapi-3.0.0.json.gz")


def test_it_is_valid() -> None:
    schema = json.loads(gzip.decompress(ASYNCAPI.read_bytes()))
    validator = jsonschema_rs.Draft7Validator(schema)
    as_served = json.loads(json.dumps(WHOLE))
    assert [problem.message for problem in validator.iter_errors(as_served)] == []
    assert not validator.is_valid({**as_served, "operations": {"tell": {"action": "shout"}}})


def test_every_reference_leads_somewhere() -> None:
    found = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(WHOLE)))
    assert len(found) > len(FROM_SERVER) + len(FROM_CLIENT)
    for reference in found:
        at = WHOLE
        for part in reference.split("/"):
            at = at[part]


def test_its_operations_name_messages_of_their_channel() -> None:
    for operation in WHOLE["operations"].values():
        name = operation["channel"]["$ref"].rpartition("/")[2]
        said = {one["$ref"].rpartition("/")[2] for one in operation["messages"]}
        assert said <= set(WHOLE["channels"][name]["messages"])


def test_it_has_the_frames_of_the_protocol() -> None:
    assert set(MARKS) < set(FROM_CLIENT)
    assert {"message", "notice", "sent", "scheduled", "announcement"} == set(KINDS)


@pytest.mark.gen_test
async def test_it_is_served() -> None:
    async with served(application(light_app())) as port:
        answer = await ask(port, "GET", b"/asyncapi.json")
        assert (answer.status, answer.json) == (200, json.loads(json.dumps(WHOLE)))


def _validator(side: str, kind: str) -> Any:
    payload = WHOLE["components"]["messages"][f"{side}.{kind}"]["payload"]
    return jsonschema_rs.Draft202012Validator(closed(payload))


@pytest.mark.gen_test(timeout=60)
async def test_the_frames_of_a_session_are_as_described(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    admin = await site.admin()
    socket, watching = await site.socket(bob), await site.socket(admin)
    seen: list[Mapping[str, Any]] = [socket.hello, watching.hello]
    await site.send(alice, "Tea?", bob)
    seen.append(change := await socket.change())
    seen.append(await socket.frame("unread"))
    told = change["item"]["id"]
    for frame in (
        {"type": "mark_read", "ids": [told], "ref": 1},
        {"type": "mark_unread", "ids": [told], "ref": "two"},
        {"type": "auth", "token": bob.token, "ref": 3},
        {"type": "ack", "cursor": socket.cursor, "ref": 4},
        {"type": "delete", "ids": [told], "ref": 5},
        {"type": "ping"},
    ):
        assert _validator("client", str(frame["type"])).is_valid(frame), frame
        seen += await _answered(socket, frame, "pong" if frame["type"] == "ping" else "done")
    seen += await _answered(socket, {"type": "mark_read", "ids": [], "ref": 6}, "error")
    seen += await _answered(socket, {"type": "nothing"}, "error")
    await watching.send(type="watch", what="stats")
    seen.append(await watching.frame("stats"))
    for one in seen:
        problems = _validator("server", one["type"]).iter_errors(one)
        assert [problem.message for problem in problems] == [], one
    kinds = {one["type"] for one in seen}
    assert {"hello", "change", "unread", "done", "error", "pong", "stats"} <= kinds
    await socket.close()
    await watching.close()


async def _answered(socket: Socket, frame: Mapping[str, Any], by: str) -> list[dict[str, Any]]:
    """Send a frame; all that is told up to its answer."""
    await socket.send(**frame)
    seen = [await socket.any_frame()]
    while seen[-1]["type"] != by:
        seen.append(await socket.any_frame())
    return seen
