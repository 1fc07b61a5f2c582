"""Idempotency-Key: the same request again is the same answer and one effect, for a day (surface).

A route declares in ``creates`` which of its verbs take it.
"""

import hashlib
from typing import TYPE_CHECKING

from domain.errors import Invalid
from domain.records import LONGEST_KEY, Key

if TYPE_CHECKING:
    from handlers.base import ApiHandler

NAME = "Idempotency-Key"


def key_of(handler: "ApiHandler") -> Key | None:
    """The key in its scope of user, method and path, or None; raises `Invalid`."""
    verb = handler.request.method or ""
    text = handler.request.headers.get(NAME)
    if text is None:
        return None
    assert verb in handler.creates, f"{verb} takes a key and does not say so"
    if not 0 < len(text) <= LONGEST_KEY:
        raise Invalid({NAME: [f"Must have 1 to {LONGEST_KEY} characters."]})
    user = 0 if handler.identity is None else handler.identity.user.id  # 0: nobody is asked
    return Key(user, verb, handler.request.path, text)


def fingerprint(body: bytes) -> str:
    """The hash of a body."""
    return hashlib.sha256(body).hexdigest()
