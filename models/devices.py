"""Devices and how far each was told: one document per user and device, written seldom."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from domain.clock import DAY, SECOND
from domain.devices import Device, Marks
from models.database import Database, Document, Index
from models.users import in_chunks

KEPT_US = 30 * DAY  # a device that was not told anything for so long is forgotten

Key = tuple[int, str]


class Devices:
    """``live_devices``."""

    def __init__(self, database: Database):
        self._devices = database.collection("live_devices")

    async def ensure_indexes(self) -> None:
        await self._devices.ensure_indexes(
            [
                Index((("user", 1),)),
                Index((("pushed", 1),)),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    async def raise_marks(self, marks: Mapping[Key, Marks], now: int) -> set[Key]:
        """Raise marks, none is ever lowered; returns those that another process made just now.

        They are to be written again.
        """
        keys = list(marks)
        refused = await self._devices.upsert_all([_change(key, marks[key], now) for key in keys])
        return {keys[n] for n in refused}

    async def of(self, users: Iterable[int]) -> dict[int, list[Device]]:
        """All devices of these users, by user, each user's in the order of their names."""
        found: dict[int, list[Device]] = {}
        for chunk in in_chunks(sorted(set(users))):
            for one in await self._devices.find({"user": {"$in": chunk}}):
                found.setdefault(one["user"], []).append(_device(one))
        return {user: sorted(devices, key=lambda d: d.name) for user, devices in found.items()}

    async def pushed_since(self, revision: int) -> list[Device]:
        """Every device whose mark of what was pushed has reached the revision."""
        query = {"pushed": {"$gt": revision - 1, "$lt": 2**62}}
        return [_device(one) for one in await self._devices.find(query)]


def _change(key: Key, marks: Marks, now: int) -> tuple[Document, Document]:
    user, name = key
    times = {"pushed_at": now if marks.pushed else 0}
    times["acknowledged_at"] = now if marks.acknowledged else 0
    raised = {"pushed": marks.pushed, "acknowledged": marks.acknowledged, **times}
    expires = datetime.fromtimestamp((now + KEPT_US) / SECOND, UTC)
    made = {"user": user, "name": name}
    change = {"$max": {**raised, "expires": expires}, "$setOnInsert": made}
    return {"_id": f"{user}:{name}"}, change


def _device(document: Document) -> Device:
    return Device(
        document["user"],
        document["name"],
        Marks(document["pushed"], document["acknowledged"]),
        document["pushed_at"],
        document["acknowledged_at"],
    )
