"""The live channel in AsyncAPI 3: its two doors, and the frames that pass through them."""

from collections.abc import Mapping
from typing import Any, Final

from domain.version import VERSION
from handlers.description.operations import SCHEMES
from handlers.description.words import LICENCE
from handlers.live.door import LIVE
from handlers.live.frames import ENDING, FROM_CLIENT, FROM_SERVER, Schema
from handlers.live.socket import SUBPROTOCOL

DESCRIPTION: Final = """\
One feed of changes with one cursor. What a reader has to do, what is promised and what the codes
of closing mean is in docs/protocol.md. Frames may gain types and keys: pass over those that you do
not know.
"""
QUERY: Final = {
    "type": "object",
    "properties": {
        "since": {"type": "string", "description": "A cursor: what changed since."},
        "device": {"type": "string", "description": "What the client calls its device."},
        "ticket": {"type": "string", "description": "From `POST /live/ticket`."},
    },
}
SOCKET: Final = "socket"
EVENTS: Final = "events"
Frames = Mapping[str, tuple[str, Schema]]


def channel() -> dict[str, Any]:
    """The whole document."""
    told = {**FROM_SERVER, **ENDING}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Carillon, live",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": LICENCE["name"]},
        },
        "defaultContentType": "application/json",
        "channels": {
            SOCKET: {
                "address": "/live",
                "description": f"A websocket; subprotocol `{SUBPROTOCOL}`.",
                "messages": {**_named("server", FROM_SERVER), **_named("client", FROM_CLIENT)},
                "bindings": {"ws": {"method": "GET", "query": QUERY}},
            },
            EVENTS: {
                "address": "/live/events",
                "description": "The same as server-sent events: a frame's type is its event.",
                "messages": _named("server", told),
            },
        },
        "operations": {
            "tell": _operation("send", SOCKET, "server", FROM_SERVER),
            "hear": _operation("receive", SOCKET, "client", FROM_CLIENT),
            "tellEvents": _operation("send", EVENTS, "server", told),
        },
        "components": {
            "messages": {**_messages("server", told), **_messages("client", FROM_CLIENT)},
            "securitySchemes": dict(_schemes()),
        },
    }


def _name(side: str, kind: str) -> str:
    return f"{side}.{kind}"


def _named(side: str, frames: Frames) -> dict[str, Any]:
    names = (_name(side, kind) for kind in frames)
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _operation(action: str, channel_: str, side: str, frames: Frames) -> dict[str, Any]:
    where = f"#/channels/{channel_}"
    return {
        "action": action,
        "channel": {"$ref": where},
        "messages": [{"$ref": f"{where}/messages/{_name(side, kind)}"} for kind in frames],
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name, _ in _schemes()],
    }


def _messages(side: str, frames: Frames) -> dict[str, Any]:
    return {
        _name(side, kind): {"name": kind, "summary": summary, "payload": schema}
        for kind, (summary, schema) in frames.items()
    }


def _schemes() -> list[tuple[str, Mapping[str, Any]]]:
    """The credentials of the live channel, as AsyncAPI spells them."""
    return [(name, _spelt(SCHEMES[name])) for name in SCHEMES if name in LIVE.credentials]


def _spelt(scheme: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**scheme, "type": "httpApiKey"} if scheme["type"] == "apiKey" else scheme
