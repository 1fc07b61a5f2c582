"""The subscription that follows on one whose set is over: the same person in the next set (3.1)."""

from typing import Final
from uuid import uuid4

from models.database import Document
from models.stages import EDITION

NEW: Final = {
    "version": 1,
    "next_sequence_number": 1,
    "initial_sequence_number": 1,
    "active": True,
    "completed": False,
    "process_status": 0,
    "metadata": None,
}
"""What a subscription is before anything is said of it; a successor begins so, too."""


def successor(row: Document, number: int, following: tuple[int, int], now: int) -> Document:
    """The one that follows on ``row``; ``following`` are its set and its schedule."""
    messageset, schedule = following
    who = {"identity": row["identity"], "lang": row["lang"]}
    where = {"messageset": messageset, "schedule": schedule}
    moments = {"created_at": now, "updated_at": now}
    kept = {EDITION: 1, "uuid": str(uuid4()), "metadata_keys": []}
    return {"_id": number, **NEW, **who, **where, **kept, **moments}
