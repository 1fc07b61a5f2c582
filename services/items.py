"""Mailbox items: from documents, and into what clients see (contract 1.3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.instants import to_text
from domain.items import ANNOUNCEMENT, MESSAGE, NOTICE, SCHEDULED, SENT, Item
from models.database import Document
from models.feeds import item_key
from push import frames

Names = Mapping[int, str]
RECIPIENTS_SHOWN_LIVE = 1_000  # a sent item's frame names so many; the REST resource names all


def of_copy(copy: Document) -> Item:
    return Item(
        kind=copy["kind"],
        id=copy["_id"],
        key=item_key("c", copy["_id"]),
        version=copy["version"],
        revision=copy["revision"],
        content=copy.get("content", ""),
        sent_on=copy["sent_on"],
        is_read=copy["is_read"],
        is_deleted=copy["deleted"],
        sender=copy.get("sender"),
        expires_at=copy.get("expires_at"),
        origin=copy.get("origin"),
    )


def of_message(message: Document) -> Item:
    return Item(
        kind=SENT,
        id=message["_id"],
        key=item_key("s", message["_id"]),
        version=message["version"],
        revision=message["revision"],
        content=message.get("content", ""),
        sent_on=message["sent_on"],
        is_deleted=message["deleted"],
        sender=message["sender"],
        recipients=tuple(message.get("recipients", ())),
    )


def of_notice(notice: Document, receipt: Document | None) -> Item:
    """A notice for an audience as one of its readers has it (live, "The clock")."""
    mine = receipt or {"version": 0, "revision": 0, "is_read": False, "deleted": False}
    return Item(
        kind=NOTICE,
        id=notice["_id"],
        key=item_key("n", notice["_id"]),
        version=notice["version"] + mine["version"],
        revision=max(notice["revision"], mine["revision"]),
        content=notice.get("content", ""),
        sent_on=notice["sent_on"],
        is_read=mine["is_read"],
        is_deleted=notice["deleted"] or mine["deleted"],
        expires_at=notice.get("expires_at"),
        origin=notice.get("origin"),
    )


def of_scheduled(document: Document) -> Item:
    """A send that is to leave later, as its sender has it."""
    return Item(
        kind=SCHEDULED,
        id=document["_id"],
        key=item_key("t", document["_id"]),
        version=document["version"],
        revision=document["revision"],
        content=document.get("content", ""),
        sent_on=document["send_at"] or 0,
        is_deleted=document["deleted"],
        sender=document["owner"],
        recipients=tuple(document.get("recipients") or ()),
        plan=None if document["deleted"] else _plan(document),
    )


def _plan(document: Document) -> dict[str, Any]:
    """When and whom it is for, and what became of it so far.

    ``sends`` is what it will be to its readers; ``kind`` is the item's own, in frames and lists.
    """
    local, audience = document["local"], document["audience"]
    return {
        "sends": document["kind"],
        "audience": audience,
        "send_at": _shown(document["send_at"]),
        "send_at_local": None if local is None else to_text(local).removesuffix("Z"),
        "time_zone": document["time_zone"],
        "reason": document["reason"],
        "schedule": document["schedule"],
        "expires_at": _shown(document["expires_at"]),
        "state": document["state"],
        "error": document["error"],
        "left_on": _shown(document["left_on"]),
    }


def _shown(moment: int | None) -> str | None:
    return None if moment is None else to_text(moment)


def people_in(items: Iterable[Item]) -> set[int]:
    """Everybody who must be named to show these items."""
    people: set[int] = set()
    for item in items:
        if item.sender is not None and item.kind in (MESSAGE, SCHEDULED):
            people.add(item.sender)
        people.update(item.recipients)
    return people


class Shape:
    """How items look outside; ``participant_key`` says how people are named (contract 1.9)."""

    def __init__(self, participant_key: str):
        self._by_username = participant_key == "username"

    def person(self, user: int, username: str) -> dict[str, Any]:
        return {"username": username} if self._by_username else {"id": user, "username": username}

    def resource(self, item: Item, names: Names) -> dict[str, Any]:
        """The REST resource, with exactly the contract's keys."""
        shown: dict[str, Any] = {"id": item.id}
        if item.kind == SCHEDULED:
            return {**shown, **self._scheduled(item, names)}
        if item.kind != SENT:
            shown["is_read"] = item.is_read
        shown["content"] = item.content
        shown["sent_on"] = to_text(item.sent_on)
        if item.kind == ANNOUNCEMENT:
            ends = {"expires_at": _shown(item.expires_at)}
            return {**shown, **(item.announcement or {}), **ends}
        if item.kind == MESSAGE:
            shown["sender"] = self._sender(item, names)
        if item.kind == SENT:
            shown["recipients"] = self._recipients(item, names)
        return shown

    def _recipients(self, item: Item, names: Names) -> list[dict[str, Any]]:
        return [self.person(user, names[user]) for user in sorted(item.recipients) if user in names]

    def _scheduled(self, item: Item, names: Names) -> dict[str, Any]:
        """One that is to leave; ``recipients`` is null when an audience is named."""
        assert item.plan is not None
        named = item.plan["audience"] is None
        return {
            "content": item.content,
            "sender": self._sender(item, names),
            "recipients": self._recipients(item, names) if named else None,
            **item.plan,
        }

    def _sender(self, item: Item, names: Names) -> dict[str, Any] | None:
        if item.sender is None or item.sender not in names:
            return None
        return self.person(item.sender, names[item.sender])

    def frame(self, item: Item, names: Names) -> bytes:
        """The ``change`` frame of an item in its present state."""
        resource: dict[str, Any] = {"id": item.id}
        if not item.is_deleted:
            resource = self.resource(item, names)
            if len(item.recipients) > RECIPIENTS_SHOWN_LIVE:
                resource["recipients"] = resource["recipients"][:RECIPIENTS_SHOWN_LIVE]
                resource["recipients_total"] = len(item.recipients)
            if item.origin:
                resource["origin"] = item.origin
        return frames.change(item.kind, version=item.version, revision=item.revision, item=resource)
