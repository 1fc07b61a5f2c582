"""Accounts: one document each, which stays as a tombstone so that its id is never given again.

Fields change by decision: of two changes of one field the later decided wins, whichever is
carried out first (live, "A change").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from domain.windows import Listed, Window
from models.database import Database, Document, Index
from models.stretches import following
from models.windows import listed

IDS_AT_ONCE = 250  # the embedded server's time for one query grows with the square of them
GREATEST_ID = 2**63 - 1
_LAST_CHARACTER = "\U0010ffff"
_PERSONAL = (
    *("username", "name_words", "email", "email_folded", "identities"),
    *("quiet_hours", "channels"),
)


@dataclass(frozen=True)
class NewUser:
    """An account to be made; ``password`` is its argon2id hash, ``groups`` are ids."""

    username: str
    email: str | None = None
    email_verified: bool = False
    is_active: bool = True
    is_admin: bool = False
    password: str | None = None
    rights: tuple[str, ...] = ()
    language: str | None = None
    time_zone: str | None = None
    identities: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()

    def to_document(self, user: int, since: int) -> Document:
        """The account as it is stored, with ``user`` as its id, in its groups from ``since`` on."""
        document = {
            "_id": user,
            "username": self.username,
            "name_words": name_words(self.username),
            **address(self.email, is_verified=self.email_verified),
            "is_active": self.is_active,
            "is_admin": self.is_admin,
            "password": self.password,
            "rights": list(self.rights),
            "language": self.language,
            "time_zone": self.time_zone,
            "since": since,
            "stays": [new_stay(group, since) for group in self.groups],
            "deleted_at": None,
            "version": 1,
            "revision": since,
            "decided": {},
        }
        # A unique index counts an empty list as a value, so that only one account could have it.
        return {**document, "identities": list(self.identities)} if self.identities else document


def name_words(username: str) -> list[str]:
    """What a username is found by: its words and the whole, without regard to case."""
    folded = username.casefold()
    return sorted({folded, *filter(None, re.split(r"[\W_]+", folded))})


def address(email: str | None, *, is_verified: bool) -> Document:
    """The three fields that an e-mail address sets together."""
    folded = None if email is None else email.casefold()
    return {"email": email, "email_folded": folded, "email_verified": is_verified}


def new_stay(group: int, since: int) -> Document:
    """A stay in a group as it is stored: from ``since`` on, in revisions."""
    return {"group": group, "since": since, "until": None}


def is_storable(text: str) -> bool:
    """Can the database hold this text? A lone surrogate it cannot, so it names nobody."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def in_chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    """The values in lists of at most `IDS_AT_ONCE`: what one ``$in`` may hold."""
    rest = iter(values)
    while chunk := list(islice(rest, IDS_AT_ONCE)):
        yield chunk


class Users:
    """``accounts_users``. Unless said otherwise a deleted account is as if it never was."""

    def __init__(self, database: Database):
        self._users = database.collection("accounts_users")

    async def ensure_indexes(self) -> None:
        await self._users.ensure_indexes(
            [
                Index((("username", 1),), unique=True, sparse=True),
                Index((("identities", 1),), unique=True, sparse=True),
                Index((("name_words", 1),)),
                Index((("email_folded", 1),)),
                Index((("is_admin", 1),)),
                Index((("stays.group", 1),)),
            ]
        )

    # Reading

    async def get(self, user: int) -> Document | None:
        """The account, active or not, or None."""
        found = await self._users.get(user)
        return None if found is None or found.get("deleted_at") else found

    async def by_username(self, username: str) -> Document | None:
        """The account of exactly this name, or None."""
        if not is_storable(username):
            return None
        return await self._users.find_one({"username": username})

    async def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Username by id of those that exist, active or not; any whole number may be asked for."""
        names: dict[int, str] = {}
        wanted = {one for one in ids if -GREATEST_ID <= one <= GREATEST_ID}
        for chunk in in_chunks(wanted):
            found = await self._users.find({"_id": {"$in": chunk}}, projection=["username"])
            names |= {one["_id"]: one["username"] for one in found if "username" in one}
        return names

    async def ids_of(self, usernames: Iterable[str]) -> dict[str, int]:
        """Id by username of those that exist, active or not."""
        ids: dict[str, int] = {}
        for chunk in in_chunks({name for name in usernames if is_storable(name)}):
            found = await self._users.find({"username": {"$in": chunk}}, projection=["username"])
            ids |= {one["username"]: one["_id"] for one in found}
        return ids

    async def find_people(
        self, prefix: str, limit: int, exclude: int | None = None
    ) -> list[tuple[int, str]]:
        """(id, username) of active accounts one of whose words begins so, by username.

        Case does not matter; every word begins with the empty text.
        """
        if not is_storable(prefix):
            return []
        start = prefix.casefold()
        words = {"$elemMatch": {"$gte": start, "$lt": start + _LAST_CHARACTER}}
        found = await self._users.find(
            {"name_words": words, "is_active": True},
            projection=["username"],
            sort=[("username", 1)],
            limit=limit + 1,  # one of them may be left out
        )
        people = [(one["_id"], one["username"]) for one in found if one["_id"] != exclude]
        return people[:limit]

    async def living_in(
        self, zones: Sequence[str | None] | None, ids: Sequence[int] | None
    ) -> list[Document]:
        """Active accounts in these time zones (None: all), among ``ids`` (None: any)."""
        query: Document = {"deleted_at": None, "is_active": True}
        if zones is not None:
            query["time_zone"] = {"$in": list(zones)}
        fields = ["username", "since", "stays"]
        if ids is None:
            return await self._users.find(query, projection=fields)
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._users.find({"_id": {"$in": chunk}, **query}, projection=fields)
        return found

    async def all(self) -> list[Document]:
        """Every account, by id."""
        found = await self._users.find({"deleted_at": None})
        return sorted(found, key=lambda one: int(one["_id"]))

    async def listed(self, window: Window, words: str | None = None) -> Listed[Document]:
        """Every account, the newest first, as far as it lies in the window.

        ``words``: those alone one of whose words, or whose e-mail address, begins so.
        """
        query: Document = {"deleted_at": None}
        if words is not None:
            if not is_storable(words):
                return Listed([], 0)
            begins = {"$gte": words.casefold(), "$lt": words.casefold() + _LAST_CHARACTER}
            query["$or"] = [{"name_words": {"$elemMatch": begins}}, {"email_folded": begins}]
        return await listed(self._users, query, window)

    async def in_group(self, group: int, window: Window) -> Listed[Document]:
        """The accounts that are in a group now, the newest first, as far as in the window."""
        stay = {"$elemMatch": {"group": group, "until": None}}
        return await listed(self._users, {"deleted_at": None, "stays": stay}, window)

    async def administrators(self) -> list[int]:
        """The ids of active administrators."""
        found = await self._users.find(
            {"is_admin": True, "is_active": True, "deleted_at": None}, projection=["_id"]
        )
        return sorted(one["_id"] for one in found)

    async def after(self, user: int, limit: int) -> list[Document]:
        """At most ``limit`` accounts after this id, in the order of ids: name, beginning, stays."""
        wanted, fields = {"deleted_at": None}, ["username", "since", "stays"]
        return await following(self._users, user, limit, wanted=wanted, projection=fields)

    async def heads(self) -> list[Document]:
        """Of every account since when it exists and its stays in groups, in no order."""
        return await self._users.find({"deleted_at": None}, projection=["since", "stays"])

    async def is_empty(self) -> bool:
        """Was there never an account?"""
        return await self._users.find_one({}, ["_id"]) is None

    async def taken_ids(self, ids: Iterable[int]) -> set[int]:
        """Those of ``ids`` that an account has or had."""
        return await self._taken("_id", ids)

    async def taken_identities(self, identities: Iterable[str]) -> set[str]:
        """Those of ``identities`` that an account has."""
        return await self._taken("identities", identities)

    async def _taken(self, field: str, values: Iterable[Any]) -> set[Any]:
        wanted, taken = set(values), set()
        for chunk in in_chunks(wanted):
            for one in await self._users.find({field: {"$in": chunk}}, projection=[field]):
                value = one[field]
                taken |= set(value) if isinstance(value, list) else {value}
        return wanted & taken

    # Writing

    async def add(self, document: Document) -> None:
        """Store a new account; raises `Duplicate` for a taken id, username or identity."""
        await self._users.insert(document)

    async def add_all(self, documents: Sequence[Document]) -> int:
        """Store those whose keys are free; returns how many were."""
        return await self._users.insert_missing(documents)

    async def remove_unused(self, since: int, ids: Sequence[int]) -> None:
        """Take back accounts that were only just made, at ``since``, as if they never were."""
        for chunk in in_chunks(ids):
            await self._users.delete({"_id": {"$in": chunk}, "since": since})

    async def change(
        self, user: int, fields: Mapping[str, Any], *, decided: int, revision: int
    ) -> bool:
        """Set fields, each unless something later was decided about it; True if any was set."""
        newer = {name: {"$gt": [decided, {"$ifNull": [f"$decided.{name}", 0]}]} for name in fields}
        any_newer = {"$or": list(newer.values())}
        change: Document = {
            name: {"$cond": [newer[name], {"$literal": value}, f"${name}"]}
            for name, value in fields.items()
        }
        change |= {
            f"decided.{name}": {"$cond": [newer[name], decided, f"$decided.{name}"]}
            for name in fields
        }
        change["version"] = {"$add": ["$version", {"$cond": [any_newer, 1, 0]}]}
        change["revision"] = {"$max": ["$revision", {"$cond": [any_newer, revision, 0]}]}
        return await self._users.update({"_id": user, "deleted_at": None}, [{"$set": change}])

    async def restamp(self, user: int, revision: int) -> None:
        """Give what was changed a later stamp."""
        await self._users.update({"_id": user}, {"$max": {"revision": revision}})

    async def rehash(self, user: int, *, old: str, new: str) -> None:
        """Keep the same password under a new hash, unless it was changed meanwhile."""
        await self._users.update({"_id": user, "password": old}, {"$set": {"password": new}})

    async def bury(self, user: int, revision: int) -> None:
        """Leave a tombstone: nothing that says who it was. May be called again."""
        gone = {"deleted_at": revision, "revision": revision, "is_active": False}
        blank = {"is_admin": False, "email_verified": False, "password": None}
        empty: Document = {
            "rights": [],
            "stays": [],
            "language": None,
            "time_zone": None,
        }
        await self._users.update(
            {"_id": user, "deleted_at": None},
            {
                "$set": {**gone, **blank, **empty},
                "$unset": dict.fromkeys(_PERSONAL, ""),
                "$inc": {"version": 1},
            },
        )
