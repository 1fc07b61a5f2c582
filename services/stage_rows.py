"""What sets, messages and subscriptions have in common: made, changed as a whole, deleted."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from domain.accounts import User
from domain.coercion import Refused
from domain.errors import Conflict, Invalid, NotFound, Problems
from domain.records import Body, Key
from domain.windows import Listed, Window
from models.counters import Sequence
from models.database import Document, Duplicate
from models.stage_filters import Condition
from models.stage_schemas import whole_id
from models.stages import EDITION, Table
from services.changes import Changes, Draft, Kind, Outcome
from services.creations import Creation
from services.stage_filters import Filters, IsThere, Query

MOST_TRIES = 20  # of a change that others' changes overtake
LARGEST_ID = 2**63 - 1
NO_SUCH = 'Invalid pk "{}" - object does not exist.'


class Rows:
    """Rows of one table; ``references`` say for each field that names something if it is there."""

    what: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]]

    def __init__(self, table: Table, ids: Sequence, changes: Changes):
        self._table, self._ids, self._changes = table, ids, changes
        self._clock = changes.clock
        self._creation = Creation(self._insert)
        self.references: Mapping[str, IsThere] = {}
        self.filters = Filters({}, {})

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {self.what: self._creation}

    # Reading

    async def listed(self, window: Window, query: Query | None = None) -> Listed[Document]:
        """The rows that a query wants, all without one; raises `Invalid` for a wrong filter."""
        conditions = await self.wanted(query or {})
        found = await self._table.listed(window, {"$and": conditions} if conditions else {})
        return Listed(await self.complete(found.items), found.count)

    async def wanted(self, query: Query) -> list[Condition]:
        """The conditions that are all to hold."""
        return await self.filters.wanted(query)

    async def get(self, number: int) -> Document:
        """One row; raises `NotFound`."""
        return (await self.complete([await self._row(number)]))[0]

    async def _row(self, number: int) -> Document:
        found = await self._table.get(number)
        if found is None:
            raise NotFound
        return found

    async def complete(self, rows: Iterable[Document]) -> list[Document]:
        """The rows with what is shown of others beside them."""
        return list(rows)

    async def is_there(self, number: int) -> bool:
        """Is there a row of this number, which may be any?"""
        return 0 < number <= LARGEST_ID and await self._table.get(number) is not None

    # Judging

    async def problems(self, body: Mapping[str, object], item: int | None) -> dict[str, list[str]]:
        """What is wrong with single fields that only the store can tell; of a new one or ``item``.

        Values of a wrong type are left to the schema.
        """
        wrong = {}
        for name, is_there in self.references.items():
            number = _id_in(body, name)
            if number is not None and not await is_there(number):
                wrong[name] = [NO_SUCH.format(body[name])]
        return wrong

    async def check(self, row: Document) -> None:
        """Raise `Invalid` for a row that would break a rule as a whole."""

    def derived(self, row: Document) -> Document:
        """What is kept of a row beside what it says, for searching."""
        return {}

    def taken(self) -> Problems:
        """What to say when another row is in its place."""
        raise NotImplementedError

    # Writing

    async def create(
        self, user: User, given: Mapping[str, Any], key: Key | None = None, fingerprint: str = ""
    ) -> Document:
        """A new row of loaded values. Raises `Invalid`, and as `Changes.make`."""
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            outcome = await self._make(user, given, key, fingerprint)
        made: Document = dict(outcome.answer)
        if not await self._table.was_made(made["_id"]):  # another took its place meanwhile
            raise Invalid(self.taken())
        return (await self.complete([made]))[0]

    async def was_asked(self, key: Key | None, fingerprint: str) -> bool:
        """Was a row made under this key before? Raises as `Changes.recall`."""
        return await self._changes.recall(key, fingerprint) is not None

    async def _make(
        self, user: User, given: Mapping[str, Any], key: Key | None, fingerprint: str
    ) -> Outcome:
        try:
            row = await self._new(given)
        except Invalid:
            # What is in its place may be what the first request under this key has just made.
            first = await self._changes.recall(key, fingerprint)
            if first is None:
                raise
            return first
        draft = Draft(self.what, user.id, row, answer=row, key=key, fingerprint=fingerprint)
        return await self._creation.make(self._changes, draft)

    async def _new(self, given: Mapping[str, Any]) -> Document:
        now = self._clock.wall()
        row = {**self.defaults, **given, EDITION: 1}
        await self.check(row)
        moments = {"created_at": now, "updated_at": now}
        return {"_id": await self._ids.take(), **row, **self.derived(row), **moments}

    async def _insert(self, body: Body) -> None:
        await self._table.add(dict(body))

    async def change(
        self, user: User | None, number: int, given: Mapping[str, Any], *, partial: bool
    ) -> Document:
        """Change what is given; the row as it is then.

        Raises `NotFound`, `Invalid`, and `Conflict` when others change it again and again.
        """
        for _ in range(MOST_TRIES):
            old = await self._row(number)
            new = {**old, **given, "updated_at": max(self._clock.wall(), old["updated_at"] + 1)}
            await self.check(new)
            new.update(self.derived(new))
            if await self._save(old, new):
                return (await self.complete([new]))[0]
        raise Conflict("This is being changed by others.")

    async def _save(self, old: Document, new: Document) -> bool:
        try:
            return await self._table.save(old, new)
        except Duplicate as error:
            raise Invalid(self.taken()) from error

    async def delete(self, number: int) -> None:
        """End it. Raises `NotFound`, and `Conflict` while something uses it."""
        old = await self._row(number)
        await self.check_unused(old)
        if not await self._table.delete(old, self._clock.wall()):
            raise NotFound
        await self.after_delete(old)

    async def check_unused(self, row: Document) -> None:
        """Raise `Conflict`, which names what uses it, while something does."""

    async def after_delete(self, row: Document) -> None:
        """End what belonged to it."""


def _id_in(body: Mapping[str, object], name: str) -> int | None:
    """The id that a body gives under a name; None when it gives none that can be read."""
    if body.get(name) in (None, ""):
        return None
    try:
        return whole_id(body[name])
    except Refused:
        return None
