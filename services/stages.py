"""Stages: sets of numbered messages, and who walks through them (seed 000; contract 1.2)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from domain.coercion import Refused, trimmed_text
from domain.errors import Conflict, Invalid, NotFound, Problems
from domain.stage_funnel import Funnel, funnel
from domain.stage_texts import (
    NOT_FOR_WHATSAPP,
    check_content,
    fits_whatsapp,
    is_whatsapp,
    keys_of,
)
from models.database import Document
from models.stage_filters import OF_MESSAGES, OF_SETS, OF_SUBSCRIPTIONS, Condition
from models.stages import Stages as Stores
from services.changes import Changes, Kind
from services.stage_files import Binaries, with_files
from services.stage_filters import Filters, Query
from services.stage_rows import LARGEST_ID, Rows
from services.stage_successors import NEW
from services.stage_walk import Walk
from services.uses import UsedBy

NAME_TAKEN: Final = "message set with this Short name already exists."
PLACE_TAKEN: Final = "The fields messageset, sequence_number, lang must make a unique set."
SET_IN_USE: Final = "This message set is in use by subscription {}."
NOBODY: Final = ("created_by", "updated_by")  # that no row says

Find = Callable[[int], Awaitable[object]]


class Schedules(Protocol):
    """What stages ask of schedules."""

    async def get(self, schedule: int) -> object: ...

    def ask_before_delete(self, used_by: UsedBy) -> None: ...


class Stages:
    """Sets, messages and subscriptions together, over the schedules that they name."""

    def __init__(
        self, store: Stores, changes: Changes, schedules: Schedules, find_user: Find, walk: Walk
    ):
        self.store, self._schedules, self._find_user = store, schedules, find_user
        self.walk = walk
        self.sets = MessageSets(store, changes)
        self.messages = Messages(store, changes)
        self.binaries = Binaries(store, changes)
        self.subscriptions = Subscriptions(store, changes)
        is_set, is_schedule = self.sets.is_there, self._is_schedule
        self.sets.references = {"next_set": is_set, "default_schedule": is_schedule}
        self.messages.references = {"messageset": is_set, "binary_content": self.binaries.is_there}
        self.subscriptions.references = {"messageset": is_set, "schedule": is_schedule}

        self.sets.filters = Filters(OF_SETS, {})
        self.messages.filters = Filters(OF_MESSAGES, {"messageset": is_set})
        chosen = {
            "messageset": is_set,
            "schedule": is_schedule,
            **dict.fromkeys(NOBODY, self._is_user),
        }
        self.subscriptions.filters = Filters(OF_SUBSCRIPTIONS, chosen, NOBODY)
        schedules.ask_before_delete(self._user_of)

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.store.ensure_indexes()
        await self.binaries.tidy()

    def kinds(self) -> Mapping[str, Kind]:
        """The records of stages."""
        areas = (self.sets, self.messages, self.binaries, self.subscriptions)
        rows = {what: kind for area in areas for what, kind in area.kinds().items()}
        return {**rows, **self.walk.kinds()}

    async def languages(self) -> dict[int, list[str]]:
        """Every set, with the languages that it has messages in."""
        found: dict[int, set[str]] = {one["_id"]: set() for one in await self.store.sets.find({})}
        for message in await self.store.messages.languages():
            found.get(message["messageset"], set()).add(message["lang"])
        return {number: sorted(languages) for number, languages in found.items()}

    async def funnel(self, number: int) -> Funnel:
        """How many stand where in a set; raises `NotFound`. Linear in its subscriptions."""
        found = await self.sets.get(number)
        return funnel(await self.store.subscriptions.standings(found["_id"]))

    async def _is_user(self, number: int) -> bool:
        return 0 < number <= LARGEST_ID and await self._find_user(number) is not None

    async def _is_schedule(self, number: int) -> bool:
        if not 0 < number <= LARGEST_ID:
            return False
        try:
            await self._schedules.get(number)
        except NotFound:
            return False
        return True

    async def _user_of(self, schedule: int) -> str | None:
        """What uses a schedule, as a refusal names it; None when nothing does."""
        by_set = await self.store.sets.first({"default_schedule": schedule})
        if by_set is not None:
            return f"message set {by_set['_id']}"
        walk = await self.store.subscriptions.first({"schedule": schedule})
        return None if walk is None else f"subscription {walk['uuid']}"


class MessageSets(Rows):
    """Sets. One that somebody walks through cannot be deleted; with it go its messages."""

    what = "stages.set"
    defaults = {
        **{"label": "", "content_type": "text", "notes": None, "next_set": None},
        "channel": None,  # what a message sender is told to use; not in the API (1.2.3)
    }

    def __init__(self, store: Stores, changes: Changes):
        super().__init__(store.sets, store.counters.sets, changes)
        self._store = store

    async def problems(self, body: Mapping[str, object], item: int | None) -> dict[str, list[str]]:
        wrong = await super().problems(body, item)
        try:
            name = trimmed_text(body.get("short_name"))
        except Refused:
            return wrong
        other = await self._store.sets.first({"short_name": name})
        if other is not None and other["_id"] != item:
            wrong["short_name"] = [NAME_TAKEN]
        return wrong

    def taken(self) -> Problems:
        return {"short_name": [NAME_TAKEN]}

    async def messages(self, number: int) -> list[Document]:
        """All messages of a set, in all languages, by their number."""
        return await with_files(self._store, await self._store.messages.of_set(number))

    async def check_unused(self, row: Document) -> None:
        user = await self._store.subscriptions.first({"messageset": row["_id"]})
        if user is not None:
            raise Conflict(SET_IN_USE.format(user["uuid"]))

    async def after_delete(self, row: Document) -> None:
        now = self._clock.wall()
        await self._store.sets.forget_next(row["_id"], now)
        for message in await self.messages(row["_id"]):
            await self._store.messages.delete(message, now)


class Messages(Rows):
    """Messages. Of one set, number and language there is one."""

    what = "stages.message"
    defaults = {"metadata": "{}", "text_content": None, "binary_content": None}

    def __init__(self, store: Stores, changes: Changes):
        super().__init__(store.messages, store.counters.stage_messages, changes)
        self._store = store

    async def complete(self, rows: Iterable[Document]) -> list[Document]:
        """With the names of their files."""
        return await with_files(self._store, rows)

    async def check(self, row: Document) -> None:
        """Its place first, then its content, as upstream does."""
        other = await self._store.messages.first({"place": _place(row)})
        if other is not None and other["_id"] != row.get("_id"):
            raise Invalid(self.taken())
        check_content(row["text_content"], row["binary_content"])
        if not fits_whatsapp(row["text_content"]):
            of_set = await self._store.sets.get(row["messageset"])
            if of_set is not None and is_whatsapp(of_set.get("channel")):
                raise Invalid([NOT_FOR_WHATSAPP])

    def taken(self) -> Problems:
        return {"non_field_errors": [PLACE_TAKEN]}

    def derived(self, row: Document) -> Document:
        return {"place": _place(row)}


class Subscriptions(Rows):
    """Who walks through which set, on which schedule, and where he stands."""

    what = "stages.subscription"
    defaults = NEW

    def __init__(self, store: Stores, changes: Changes):
        super().__init__(store.subscriptions, store.counters.stage_subscriptions, changes)
        self._store = store

    async def complete(self, rows: Iterable[Document]) -> list[Document]:
        """With the labels of their sets."""
        rows = list(rows)
        sets = {one["messageset"] for one in rows}
        labels = await self._store.sets.field_of("label", sets)
        return [{**one, "messageset_label": labels.get(one["messageset"], "")} for one in rows]

    async def wanted(self, query: Query) -> list[Condition]:
        """Also by a part of the set's name, which is asked of the sets."""
        conditions = await super().wanted(query)
        part = query.get("messageset_contains", ("",))[-1]
        if part:
            sets = [
                one["_id"] for one in await self._store.sets.find({}) if part in one["short_name"]
            ]
            conditions.append({"messageset": {"$in": sets}})
        return conditions

    async def number_of(self, text: str) -> int:
        """The number of a subscription by its UUID; raises `NotFound`."""
        try:
            found = await self._store.subscriptions.by_uuid(str(UUID(text)))
        except ValueError as error:
            raise NotFound from error
        if found is None:
            raise NotFound
        return int(found["_id"])

    async def after_delete(self, row: Document) -> None:
        await self._store.behind.delete_of(row["_id"])

    def derived(self, row: Document) -> Document:
        return {"uuid": row.get("uuid") or str(uuid4()), "metadata_keys": keys_of(row["metadata"])}

    def taken(self) -> Problems:
        raise AssertionError("nobody's UUID is another's")


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['messageset']}:{row['sequence_number']}:{row['lang']}"
