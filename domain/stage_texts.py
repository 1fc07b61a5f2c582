"""What a stage message may say (stages contract, 1.2.4)."""

import json
import re
from typing import Final

from domain.coercion import Refused
from domain.errors import Invalid

NO_CONTENT: Final = "Messages must have text or file attached"
SPECIAL: Final = 'Text "{}" has special characters which can be replaced: {}'

NOT_FOR_WHATSAPP: Final = (
    "Text for WhatsApp must not include newline, tabs, or 4 consecutive spaces."
)

_REPLACEABLE: Final = frozenset("\u201c\u201d\u2019\u2013")  # curly quotes and the en dash
_GAP: Final = re.compile(r"[\n\t]|\s{4}")


def plain(text: str) -> None:
    """Raise `Refused` for characters that make a text message longer than it looks."""
    found = [one for one in text if one in _REPLACEABLE]
    if found:
        raise Refused(SPECIAL.format(text, " ".join(found)))


def check_content(text: str | None, file: int | None) -> None:
    """Raise `Invalid`, a bare list, for a message that would say nothing."""
    if not text and file is None:
        raise Invalid([NO_CONTENT])


def fits_whatsapp(text: str | None) -> bool:
    """May a text be sent by WhatsApp, which takes one line without gaps?"""
    return text is None or _GAP.search(text) is None


def is_whatsapp(channel: str | None) -> bool:
    """Does a set's channel, such as ``JUNEBUG_WHATSAPP``, lead there?"""
    return channel is not None and "whatsapp" in channel.lower()


def same_json(text: str) -> str | None:
    """JSON as metadata is kept: in ASCII, without blanks; None for what is no JSON."""
    try:
        return json.dumps(json.loads(text), allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return None


def keys_of(metadata: str | None) -> list[str]:
    """The keys of metadata that are an object, without those that no database takes."""
    value = None if metadata is None else json.loads(metadata)
    return sorted(filter(_is_text, value)) if isinstance(value, dict) else []


def _is_text(key: str) -> bool:
    """A lone surrogate is no text that could be asked for."""
    return not any("\ud800" <= one <= "\udfff" for one in key)
