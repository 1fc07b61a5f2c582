"""What is kept of one person, in every area: to be handed over, and to be erased."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from models.database import Database, Document

# What is ours: how things are kept, and what must not leave even with their owner.
INTERNAL: Final = frozenset(
    {
        "password", "decided", "upheld", "name_words", "email_folded", "version", "revision",
        "placed", "changed_by", "expires", "gone", "key", "address_key", "auth_token",
        "of_password", "is_storing", "lease_by", "first_id", "block", "sent_by",
    }
)  # fmt: skip
SECRET_IDS: Final = ("accounts_tokens", "accounts_sessions", "accounts_links")


@dataclass(frozen=True)
class Person:
    """Somebody by all that he is kept under: ``names`` are stages' identities of his.

    ``subscribers`` are those of alerts that have his verified address.
    """

    id: int
    username: str
    names: tuple[str, ...] = ()
    address: str | None = None
    subscribers: tuple[int, ...] = ()


Whose = Callable[[Person], Document]
HELD: Final[Mapping[str, tuple[str, Whose]]] = {
    "account": ("accounts_users", lambda one: {"_id": one.id}),
    "tokens": ("accounts_tokens", lambda one: {"user": one.id, "revoked": {"$ne": True}}),
    "sessions": ("accounts_sessions", lambda one: {"user": one.id}),
    "links": ("accounts_links", lambda one: {"user": one.id}),
    "received": ("inbox_deliveries", lambda one: {"user": one.id, "deleted": False}),
    "sent": ("inbox_messages", lambda one: {"sender": one.id, "deleted": False}),
    "scheduled": ("inbox_scheduled", lambda one: {"owner": one.id}),
    "notices": ("inbox_receipts", lambda one: {"user": one.id}),
    "confirmations": ("announcements_confirmations", lambda one: {"user": one.id}),
    "blocked": ("inbox_blocked", lambda one: {"owner": one.id}),
    "devices": ("live_devices", lambda one: {"user": one.id}),
    "schedules": ("schedules", lambda one: {"created_by": one.id}),
    "webhooks": ("webhooks", lambda one: {"user": one.id}),
    "stages": ("stages_subscriptions", lambda one: {"identity": {"$in": list(one.names)}}),
    "alerts": ("alerts_subscribers", lambda one: {"_id": {"$in": list(one.subscribers)}}),
    "alerts_subscriptions": (
        "alerts_subscriptions",
        lambda one: {"subscriber": {"$in": list(one.subscribers)}},
    ),
    "alerts_emails": (
        "alerts_emails",
        lambda one: {"subscriber": {"$in": list(one.subscribers)}},
    ),
    "actions": ("audit_entries", lambda one: {"actor.id": one.id}),
}


class Estates:
    """Reads and erases over all collections; everything here may be done again."""

    def __init__(self, database: Database):
        names = {collection for collection, _ in HELD.values()}
        self._rows = {name: database.collection(name) for name in names}

    async def subscribers(self, address: str | None) -> tuple[int, ...]:
        """The ids of alerts' subscribers of this address, however its letters are written."""
        if address is None:
            return ()
        rows = self._rows["alerts_subscribers"]
        found = await rows.find({"address_key": address.lower()}, projection=["_id"])
        return tuple(one["_id"] for one in found)

    async def of(self, person: Person, held: str) -> list[Document]:
        """What is kept of him under one name of `HELD`, by id, without what is internal."""
        name, whose = HELD[held]
        found = await self._rows[name].find(whose(person), sort=[("_id", 1)])
        hidden = INTERNAL | ({"_id"} if name in SECRET_IDS else set())
        return [{key: one[key] for key in one if key not in hidden} for one in found]

    async def erase(self, person: Person, now: int) -> None:
        """Forget him where the end of an account leaves something: stages, alerts, who made what.

        Alerts' subscriptions end, for their lists count who left and when.
        """
        names = {"$in": list(person.names)}
        await self._rows["stages_subscriptions"].delete({"identity": names})
        ended = {"ended_at": now, "ended_reason": "unsubscribed", "updated_at": now}
        of_his = {"subscriber": {"$in": list(person.subscribers)}}
        change = {"$set": ended, "$unset": {"active": ""}}
        await self._rows["alerts_subscriptions"].update_all({**of_his, "active": True}, change)
        await self._rows["alerts_emails"].delete(of_his)
        await self._rows["accounts_links"].delete({"user": person.id})
        if person.address is not None:  # about his account: without a subscriber
            of_account = {"address": person.address, "subscriber": None}
            await self._rows["alerts_emails"].delete(of_account)
        forgotten = {"address": None, "govuk_account_id": None, "updated_at": now}
        await self._rows["alerts_subscribers"].update_all(
            {"_id": {"$in": list(person.subscribers)}},
            {"$set": forgotten, "$unset": {"address_key": ""}},
        )
        await self._forget_in_others(person)

    async def _forget_in_others(self, person: Person) -> None:
        """What he made stays for those who use it, and is nobody's; the log knows his id alone."""
        for field in ("created_by", "updated_by"):
            await self._rows["schedules"].update_all({field: person.id}, {"$set": {field: None}})
        await self._rows["webhooks"].update_all({"user": person.id}, {"$set": {"user": None}})
        log = self._rows["audit_entries"]
        await log.update_all({"actor.id": person.id}, {"$set": {"actor.username": ""}})
        await log.update_all({"on": person.username}, {"$set": {"on": str(person.id)}})
