"""Content changes and messages as they come: defaults, and what is wrong (contract, 1.9, 1.10).

A default is taken for a key that is absent alone; a key that is there is judged. So the seed's
three keys are a whole content change, and a title that is null is still an error; and a change
without title and subject, or without change note and body, says nothing to anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from domain.alert_errors import BLANK, NOT_A_UUID, NOT_CRITERIA, NOT_INCLUDED, NOT_ROOT_RELATIVE
from domain.criteria_rules import are_valid
from domain.enrichment import Values, enriched, values_of
from domain.instants import parse_iso
from domain.root_relative import is_root_relative
from domain.uuids import as_uuid, as_versioned_uuid

NORMAL, HIGH = "normal", "high"
PRIORITIES: Final = (NORMAL, HIGH)
_SPACE_BEFORE_OFFSET: Final = re.compile(r" ([+-]\d\d:?\d\d)$", re.ASCII)
NOT_ARRAYS: Final = "All {} values must be sent as Arrays"
STANDS_FOR: Final = {"title": "subject", "change_note": "body"}
TEXTS: Final = (
    *("title", "base_path", "change_note", "email_document_supertype"),
    *("government_document_supertype", "document_type", "publishing_app"),
)

Params = Mapping[str, Any]
Problems = dict[str, list[str]]


@dataclass(frozen=True)
class Fresh:
    """What a content change without an id or an instant gets."""

    content_id: str
    now: int


def identity(given: Params) -> str | None:
    """What no two content changes have; None when this cannot be another's, or cannot be read."""
    content, at = as_uuid(given.get("content_id")), instant(given.get("public_updated_at"))
    if content is None or at is None:
        return None
    return identity_of(str(given.get("base_path", "")), content, at)


def identity_of(base_path: str, content_id: str, public_updated_at: int) -> str:
    text = f"{content_id} {public_updated_at} {base_path}"
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def read_change(given: Params, fresh: Fresh) -> tuple[dict[str, Any], Problems]:
    """The fields of a content change, enriched, and what is wrong with each."""
    fields: dict[str, Any] = {name: _text_of(given, name) for name in TEXTS}
    fields["content_id"] = as_uuid(given.get("content_id", fresh.content_id))
    at = given.get("public_updated_at")
    fields["public_updated_at"] = instant(at) if "public_updated_at" in given else fresh.now
    fields["description"] = _text(given.get("description", ""))
    problems: Problems = {name: [BLANK] for name, value in fields.items() if value is None}
    fields["footnote"] = _text(given.get("footnote")) or ""
    fields["priority"] = given.get("priority", NORMAL)
    problems |= _of_priority(fields["priority"])
    for side in ("tags", "links"):
        values = values_of(given.get(side))
        if values is None:
            problems[side] = [NOT_ARRAYS.format(side.removesuffix("s"))]
        fields[side] = enriched(values or Values(), fields["document_type"] or "")
    return fields, problems


def _text_of(given: Params, name: str) -> str | None:
    """A text that must not be blank where it is given; None when it is.

    Where it is not, what stands for it must not be, and what nothing stands for is empty.
    """
    source = name if name in given else STANDS_FOR.get(name)
    if source is None:
        return ""
    text = _text(given.get(source))
    return text if text and text.strip() else None


def _text(value: object) -> str | None:
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_text else None


def _of_priority(value: object) -> Problems:
    return {} if value in PRIORITIES else {"priority": [NOT_INCLUDED]}


def instant(value: object) -> int | None:
    """µs of an instant in ISO 8601, in Ruby's usual form or in that of e-mails; else None."""
    text = value.strip() if isinstance(value, str) else ""
    plain = _SPACE_BEFORE_OFFSET.sub(r"\1", text.removesuffix(" UTC"))
    found = parse_iso(plain)
    return found if found is not None else _of_mail(text)


def _of_mail(text: str) -> int | None:
    """`Wed, 07 Mar 2018 17:04:28 +0000`, also with `UTC +00:00` at its end."""
    try:
        moment = parsedate_to_datetime(text.replace(" UTC +00:00", " +0000"))
    except (ValueError, IndexError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def read_message(given: Params) -> tuple[dict[str, Any], Problems]:
    """The fields of a message, and what is wrong with each."""
    sender_id, url, rules = (
        given.get(one) for one in ("sender_message_id", "url", "criteria_rules")
    )
    fields: dict[str, Any] = {name: _text(given.get(name)) for name in ("title", "body")}
    problems: Problems = {
        name: [BLANK] for name, value in fields.items() if not value or not value.strip()
    }
    fields["sender_message_id"] = as_versioned_uuid(sender_id)
    if sender_id not in (None, "") and fields["sender_message_id"] is None:
        problems["sender_message_id"] = [NOT_A_UUID]
    if not rules:
        problems["criteria_rules"] = [BLANK]
    elif not are_valid(rules):
        problems["criteria_rules"] = [NOT_CRITERIA]
    if url is not None and not _is_link(url):
        problems["url"] = [NOT_ROOT_RELATIVE]
    fields |= {"url": url, "criteria_rules": rules, "priority": given.get("priority", NORMAL)}
    return fields, problems | _of_priority(fields["priority"])


def wrong_farewell(body: object, sender_message_id: object) -> Problems:
    """What is wrong with a message to everybody of a list, which is its title and this (3.6)."""
    problems: Problems = {} if (_text(body) or "").strip() else {"body": [BLANK]}
    if as_versioned_uuid(sender_message_id) is None:
        problems["sender_message_id"] = [NOT_A_UUID]
    return problems


def _is_link(url: object) -> bool:
    """A path on this site, or an address elsewhere by https."""
    if is_root_relative(url):
        return True
    if not isinstance(url, str) or any(one.isspace() for one in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
