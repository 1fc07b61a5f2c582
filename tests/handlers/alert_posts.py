"""Contents in tests of alerts: published and processed, and the e-mails that come of them."""

import asyncio
from typing import Any
from uuid import uuid4

from services.caught import Letter
from tests.handlers.alert_calls import Publisher
from tests.handlers.alert_people import rows
from tests.sites import Site

NOW = 1_521_457_200_000_000  # 2018-03-19T11:00:00Z
CHANGE = {
    "title": "Travel *advice*",
    "base_path": "/government/travel",
    "change_note": "A **note** of change",
    "description": "All about [travel](https://example.org/)",
    "public_updated_at": "2018-03-28T10:00:00Z",
    "email_document_supertype": "publications",
    "government_document_supertype": "other",
    "document_type": "travel_advice",
    "publishing_app": "publisher",
}
TAGS = {"topics": {"any": ["oil"]}}
QUIET = {"skip_confirmation_email": True}


async def publish(caller: Publisher, **fields: Any) -> str:
    """A content change that was processed; its id."""
    content_id = fields.pop("content_id", str(uuid4()))
    body = {**CHANGE, "tags": {"topics": ["oil"]}, "content_id": content_id, **fields}
    answer = await caller.ask("POST", "/content-changes", body)
    assert answer.status == 202, answer
    return await processed(caller.site, "content_changes")


async def tell(caller: Publisher, **fields: Any) -> str:
    """A message that was processed; its id."""
    rule = {"type": "tag", "key": "topics", "value": "oil"}
    body = {"title": "News", "body": "Read *this*.", "criteria_rules": [rule], **fields}
    answer = await caller.ask("POST", "/messages", body)
    assert answer.status == 202, answer
    return await processed(caller.site, "messages")


async def processed(site: Site, kind: str) -> str:
    async with asyncio.timeout(10):
        while True:
            found = await rows(site, kind)
            if all(one["processed_at"] is not None for one in found):
                return str(max(found, key=lambda one: one["created_at"])["_id"])
            await asyncio.sleep(0.02)


async def mails(site: Site, address: str | None = None) -> list[dict[str, Any]]:
    """The e-mails about contents, the oldest first."""
    found = [one for one in await rows(site, "emails") if one["subscription"] is not None]
    found.sort(key=lambda one: one["created_at"])
    return [one for one in found if address in (None, one["address"])]


async def _heads(site: Site, address: str) -> list[Any]:
    return await site.app.mail.caught.listed(address)


async def caught(site: Site, address: str, count: int = 1) -> list[Letter]:
    """What the catcher got for an address."""
    async with asyncio.timeout(10):
        while len(heads := await _heads(site, address)) < count:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.02)
    assert len(heads) == count
    return [await site.app.mail.caught.get(str(one.id)) for one in heads]
