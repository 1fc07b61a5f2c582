"""Many subscribers at once, stored as they are kept, and what e-mails came of them."""

from typing import Any
from uuid import uuid4

from carillon import Carillon
from domain.alert_subscriptions import IMMEDIATELY, SIGNED_UP
from models.alert_subscribers import new_subscriber
from models.database import Document
from models.users import in_chunks

TAGS = {"topics": {"any": ["oil"]}}


class Crowd:
    """Over one process's parts."""

    def __init__(self, carillon: Carillon):
        self.carillon, self.alerts = carillon, carillon.app.alerts
        self.clock = carillon.app.clock

    async def listed(self, title: str = "Oil", **fields: Any) -> int:
        found = await self.alerts.lists.find_or_create(
            {"title": title, "tags": TAGS, **fields}, None
        )
        return int(found["_id"])

    async def subscribe(
        self, number: int, count: int, frequency: str = IMMEDIATELY, prefix: str = "s"
    ) -> list[int]:
        """So many new subscribers of a list; their ids."""
        people = self.alerts.stores.people
        first, now = await people.ids.take(count), self.clock.wall()
        ids = list(range(first, first + count))
        rows = [new_subscriber(one, f"{prefix}{one}@example.org", None, now) for one in ids]
        database = self.carillon.database
        for chunk in in_chunks(rows):
            await database.collection("alerts_subscribers").insert_missing(chunk)
        for chunk in in_chunks(ids):
            await people.subscriptions.add(
                [_subscription(one, number, frequency, now) for one in chunk]
            )
        return ids

    async def publish(self, **fields: Any) -> tuple[str, Document]:
        """A content change that is received and not processed: its job is not run here."""
        now = self.clock.stamp()
        document = {
            "_id": str(uuid4()),
            "content_id": str(uuid4()),
            "title": "Title",
            "base_path": "/page",
            "change_note": "Note",
            "description": "Description",
            "tags": {"topics": ["oil"]},
            "links": {},
            "public_updated_at": now,
            "email_document_supertype": "",
            "government_document_supertype": "",
            "document_type": "x",
            "publishing_app": "x",
            "priority": "normal",
            "footnote": "",
            "govuk_request_id": "x",
            "signon_user_uid": None,
            "created_at": now,
            "matched_at": None,
            "processed_at": None,
            "identity": uuid4().hex,
            **fields,
        }
        await self.alerts.stores.contents.add("content_change", document)
        return str(document["_id"]), document

    async def rows(self, name: str) -> list[Document]:
        return await self.carillon.database.collection(f"alerts_{name}").find({})


def _subscription(subscriber: int, number: int, frequency: str, now: int) -> Document:
    return {
        "_id": str(uuid4()),
        "subscriber": subscriber,
        "list": number,
        "frequency": frequency,
        "source": SIGNED_UP,
        "active": True,
        "ended_at": None,
        "ended_reason": None,
        "ended_email_id": None,
        "signon_user_uid": None,
        "created_at": now,
        "updated_at": now,
    }
