"""What a stage message says to whom it is sent (stages contract, 3.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PREPEND: Final = "prepend_next_delivery"
AUDIO: Final = "audio"


class Unsendable(Exception):
    """There is no way to send this; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as one subscription gets it.

    ``content`` is its text; None for audio, whose ``metadata`` names what is to be played.
    ``shown`` is the same for somebody who reads: the text, and where the file is.
    """

    content: str | None
    metadata: Any
    shown: str


def composed(content_type: str, message: Mapping[str, Any], prepend: str | None) -> Letter:
    """A message's ``text_content``, ``metadata`` (JSON text) and ``url`` (of its file) together.

    Raises `Unsendable` for a message of an audio set that has no file.
    """
    url, metadata = message["url"], json.loads(message["metadata"])
    if content_type == AUDIO:
        if url is None:
            raise Unsendable(f"Message {message['_id']} has no audio file.")
        files = [url] if prepend is None else [prepend, url]
        return Letter(None, _with(metadata, "voice_speech_url", files), "\n".join(files))
    texts = [one for one in (prepend, message["text_content"]) if one]
    content = "\n".join(texts) if texts else None
    if url is not None:
        metadata = _with(metadata, "image_url", url)
        texts.append(url)
    return Letter(content, metadata, "\n".join(texts))


def _with(metadata: Any, key: str, value: object) -> dict[str, Any]:
    """Metadata may be any JSON; of what is no object nothing can be kept beside a key."""
    return {**(metadata if isinstance(metadata, dict) else {}), key: value}


def prepended(metadata: str | None) -> str | None:
    """What a subscription's metadata (JSON text) says is to come before the next message."""
    value = None if metadata is None else json.loads(metadata)
    found = value.get(PREPEND) if isinstance(value, dict) else None
    return str(found) if found else None


def without_prepend(metadata: str) -> str:
    """The metadata once that went out: the key stays, as upstream keeps it."""
    return json.dumps({**json.loads(metadata), PREPEND: None}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Errand:
    """A letter as other servers are asked to bring it, under a ``key`` that stays over attempts."""

    key: str
    identity: str
    content: str | None
    metadata: Any
    channel: str | None
    is_again: bool

    def to_body(self) -> dict[str, Any]:
        """As a job's body holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


def outbound_body(errand: Errand, address: str) -> dict[str, Any]:
    """What a message sender takes (contract 3.1, 4): yes and no are texts there."""
    body = {
        "to_addr": address,
        "to_identity": errand.identity,
        "delivered": "false",
        "resend": "true" if errand.is_again else "false",
        "metadata": errand.metadata,
    }
    more = {"content": errand.content, "channel": errand.channel}
    return body | {name: value for name, value in more.items() if value is not None}
