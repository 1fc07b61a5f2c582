"""Who is in which group: intervals in revisions, kept in the account's own document."""

from dataclasses import dataclass
from typing import Any

from models.database import Database, Document
from models.users import new_stay


@dataclass(frozen=True)
class Decision:
    """That an account joins or leaves a group; of two about one group the later stamp holds."""

    user: int
    group: int
    stamp: int

    @property
    def field(self) -> str:
        """Where the account's document notes the latest decision about this group."""
        return f"decided.group_{self.group}"


class Memberships:
    """The ``stays`` of ``accounts_users``. Everything here may be done again."""

    def __init__(self, database: Database):
        self._users = database.collection("accounts_users")

    async def join(self, decision: Decision, revision: int) -> None:
        """Begin a stay, unless he is in the group or something later was decided about it."""
        is_in = {"$anyElementTrue": [_map("$stays", _is_open(decision))]}
        more = {"$concatArrays": ["$stays", [new_stay(decision.group, revision)]]}
        await self._decide(decision, {"$cond": [is_in, "$stays", more]}, revision)

    async def leave(self, decision: Decision, revision: int) -> None:
        """End his stay, unless something later was decided about it."""
        stays = _with(_is_open(decision), {"until": revision})
        await self._decide(decision, stays, revision)

    async def restamp_join(self, decision: Decision, revision: int) -> None:
        """Let the stay that this decision began begin later."""
        began = {"$and": [_is_open(decision), {"$gte": ["$$stay.since", decision.stamp]}]}
        await self._restamp(decision, _with(began, {"since": revision}), revision)

    async def restamp_leave(self, decision: Decision, revision: int) -> None:
        """Let the stay that this decision ended end later."""
        is_ended = {
            "$and": [
                {"$eq": ["$$stay.group", decision.group]},
                {"$gte": ["$$stay.until", decision.stamp]},
            ]
        }
        await self._restamp(decision, _with(is_ended, {"until": revision}), revision)

    async def _decide(self, decision: Decision, stays: Document, revision: int) -> None:
        query = {
            "_id": decision.user,
            "deleted_at": None,
            decision.field: {"$not": {"$gte": decision.stamp}},
        }
        fields = {
            "stays": stays,
            decision.field: decision.stamp,
            "version": {"$add": ["$version", 1]},
            "revision": {"$max": ["$revision", revision]},
        }
        await self._users.update(query, [{"$set": fields}])

    async def _restamp(self, decision: Decision, stays: Document, revision: int) -> None:
        query = {"_id": decision.user, decision.field: decision.stamp}
        fields = {"stays": stays, "revision": {"$max": ["$revision", revision]}}
        await self._users.update(query, [{"$set": fields}])


def _map(stays: str, expression: object) -> Document:
    return {"$map": {"input": stays, "as": "stay", "in": expression}}


def _is_open(decision: Decision) -> Document:
    return {
        "$and": [
            {"$eq": ["$$stay.group", decision.group]},
            {"$eq": ["$$stay.until", None]},
        ]
    }


def _with(condition: Document, fields: dict[str, Any]) -> Document:
    """The stays, with these fields set in those that fit."""
    changed = {"$mergeObjects": ["$$stay", fields]}
    return _map("$stays", {"$cond": [condition, changed, "$$stay"]})
