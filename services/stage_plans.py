"""What the next step of subscriptions is: which message, what it says, where each stands then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.sequencing import Stand, advanced, due
from domain.stage_letters import Letter, Unsendable, composed, prepended, without_prepend
from models.database import Document
from models.stage_walks import COMPLETED
from models.stages import Stages as Stores
from models.users import in_chunks

AREA: Final = "stages"

Place = tuple[int, str]
Numbers = Mapping[Place, Mapping[int, int]]  # of a set and language: the ids by the numbers


@dataclass(frozen=True)
class Planned:
    """The next step of one subscription, as it was read in ``row``.

    ``letter`` is None where nothing is left to send. ``fields`` are what changes then, ``used`` the
    metadata before and after. ``following`` is the set that comes next, for who is through.
    """

    row: Document
    set: Document
    letter: Letter | None
    origin: Mapping[str, Any]
    fields: Mapping[str, Any]
    used: tuple[str, str] | None = None
    following: Document | None = None
    is_dry: bool = False


@dataclass(frozen=True)
class Problem:
    """Why a subscription cannot be sent its next message."""

    row: Document
    text: str


@dataclass(frozen=True)
class _Material:
    """What was read for some subscriptions, just now."""

    sets: Mapping[int, Document]
    numbers: Numbers
    messages: Mapping[int, Document]


class Planner:
    """Plans steps of many subscriptions with few questions to the database.

    Nothing is remembered, so a message that was edited goes out as it is. ``root`` is what stands
    before ``/media/``; ``dry_run`` names the sets that are walked through without sending.
    """

    def __init__(self, store: Stores, *, root: str, dry_run: Iterable[str]):
        self._store, self._root, self._dry_run = store, root, frozenset(dry_run)

    async def plan(
        self, rows: Sequence[Document], *, is_again: bool = False
    ) -> tuple[list[Planned], list[Problem]]:
        """The steps, and what stands in the way of some; ``is_again``: the last one once more."""
        if not rows:
            return [], []
        material = await self._read(rows, is_again=is_again)
        planned: list[Planned] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                planned.append(self._planned(row, material, is_again=is_again))
            except Unsendable as error:
                problems.append(Problem(row, str(error)))
        return await self._with_following(planned), problems

    # Reading

    async def _read(self, rows: Sequence[Document], *, is_again: bool) -> _Material:
        wanted = sorted({row["messageset"] for row in rows})
        sets = {one["_id"]: one for one in await self._store.sets.find({"_id": {"$in": wanted}})}
        numbers: dict[Place, dict[int, int]] = defaultdict(dict)
        for one in await self._store.messages.places(wanted):
            numbers[one["messageset"], one["lang"]][one["sequence_number"]] = one["_id"]
        ids = {_message_of(row, numbers, is_again=is_again) for row in rows} - {None}
        return _Material(sets, numbers, await self._messages(one for one in ids if one))

    async def _messages(self, ids: Iterable[int]) -> dict[int, Document]:
        """These messages, each with the ``url`` of its file."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._store.messages.find({"_id": {"$in": chunk}})
        files = {one["binary_content"] for one in found} - {None}
        names = await self._store.binaries.field_of("name", files)
        return {one["_id"]: {**one, "url": self._url(one, names)} for one in found}

    def _url(self, message: Document, names: Mapping[int, str]) -> str | None:
        name = names.get(message["binary_content"])
        return None if name is None else f"{self._root}/media/{name}"

    # Planning

    def _planned(self, row: Document, material: _Material, *, is_again: bool) -> Planned:
        """Raises `Unsendable`."""
        found = material.sets.get(row["messageset"])
        if found is None:
            raise Unsendable(f"There is no message set {row['messageset']}.")
        place = row["messageset"], row["lang"]
        numbers = sorted(material.numbers.get(place, ()))
        number = _number_of(numbers, row, is_again=is_again)
        if not numbers:
            raise Unsendable(f"Message set {found['short_name']} has nothing in {row['lang']}.")
        is_dry = found["short_name"] in self._dry_run
        if number is None:  # a position past the end: the walk is over (contract 7.11)
            over = _standing(Stand(row["next_sequence_number"], is_over=True))
            return Planned(row, found, None, {}, over, is_dry=is_dry)
        message = material.messages.get(material.numbers[place][number])
        if message is None:
            raise Unsendable(f"Message {number} of {found['short_name']} is gone.")
        prepend = None if is_again else prepended(row["metadata"])
        letter = composed(found["content_type"], message, prepend)
        used = None if prepend is None else (row["metadata"], without_prepend(row["metadata"]))
        fields = {} if is_again else _standing(advanced(numbers, number))
        return Planned(row, found, letter, _origin(found, message), fields, used, is_dry=is_dry)

    async def _with_following(self, planned: list[Planned]) -> list[Planned]:
        """With the sets that come next; one that leads to itself would never end (7.11)."""
        wanted = {
            one.set["next_set"]
            for one in planned
            if "completed" in one.fields and one.set["next_set"] != one.set["_id"]
        } - {None}
        if not wanted:
            return planned
        found = await self._store.sets.find({"_id": {"$in": sorted(wanted)}})
        sets = {one["_id"]: one for one in found}
        return [
            replace(one, following=sets.get(one.set["next_set"]))
            if "completed" in one.fields and one.set["next_set"] != one.set["_id"]
            else one
            for one in planned
        ]


def _message_of(row: Document, numbers: Numbers, *, is_again: bool) -> int | None:
    """The id of the message that is due, or None."""
    of_place = numbers.get((row["messageset"], row["lang"]), {})
    number = _number_of(sorted(of_place), row, is_again=is_again)
    return None if number is None else of_place[number]


def _number_of(numbers: Sequence[int], row: Document, *, is_again: bool) -> int | None:
    """Which message is due; ``is_again``: the one before it, or else the first."""
    position = row["next_sequence_number"]
    if not is_again:
        return due(numbers, position)
    before = [one for one in numbers if one < position]
    return before[-1] if before else due(numbers, position)


def _standing(stand: Stand) -> dict[str, Any]:
    fields: dict[str, Any] = {"next_sequence_number": stand.position}
    if stand.is_over:
        fields |= {"completed": True, "active": False, "process_status": COMPLETED}
    return fields


def _origin(found: Document, message: Document) -> dict[str, Any]:
    title = found["label"] or found["short_name"]
    return {"area": AREA, "id": message["_id"], "title": title, "url": message["url"]}
