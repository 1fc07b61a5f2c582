"""What earlier programs left behind, and how it becomes what today's expect; each a migration."""

from models.database import Database

AT_ONCE = 500
OVER = ("done", "dead")

# Indexes that earlier programs made, and which nobody reads by any more: each costs every write.
UNREAD = {
    "live_records": ("expires_1", "state_1_lease_until_1"),
    "jobs": ("state_1_lease_until_1",),
    "inbox_receipts": ("notice_1",),
    "inbox_scheduled": ("owner_1_deleted_1",),
}


async def free_records(database: Database) -> None:
    """To version 2: a record that is over holds no lease, so whoever has one is open.

    Version 1 looked for ``state`` too; read by version 2, its records that are over would count as
    open for ever, and every look would begin at the oldest of them.
    """
    records = database.collection("live_records")
    held = {"lease_until": {"$gte": 0, "$lt": 2**62}, "state": {"$in": list(OVER)}}
    while found := await records.find(held, projection=["_id"], limit=AT_ONCE):
        ids = [one["_id"] for one in found]
        query = {"_id": {"$in": ids}, "state": {"$in": list(OVER)}}
        await records.update_all(query, {"$unset": {"lease_until": ""}})
    for name, indexes in UNREAD.items():
        await database.collection(name).drop_indexes(indexes)
