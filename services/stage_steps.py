"""One step of many subscriptions: a record that says what is sent to whom, and who moves where.

Its acknowledgement is the commit point (house, decision 7). Then those move who still stand where
they stood, each marked with the step's tag; what goes out goes to those who moved. So whoever does
it again, or comes in between with another step, neither skips nor repeats anybody's message.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from domain.errors import Conflict, Unavailable
from domain.events import Event
from domain.metrics import of_set
from domain.records import Body, Record
from models.counters import Counters
from models.database import Document
from models.stage_walks import NO_ADDRESS, Move, Walks
from services.changes import Changes, Draft, Kind
from services.stage_channels import Channel, Sent
from services.stage_plans import Planned
from services.stage_successors import successor
from services.turns import Turn

STEP: Final = "stages.step"

Reached = Mapping[str, Mapping[str, Any]]  # of each channel: to whom identities lead


@dataclass(frozen=True)
class Taken:
    """A step as it is made: ``tag`` is its own, ``step`` what has the subscription in hand.

    ``delivered`` are those who were reached on a way that ends elsewhere; ``due_at`` is when the
    firing was due that it is of: what begins by it begins later.
    """

    tag: str
    step: str | None = None
    delivered: Collection[int] = ()
    due_at: int = 0


class Steps:
    """Makes steps and carries them out; ``count`` is told what was sent, by the metric's name.

    Steps are made on the ``chosen`` channels; those that are left are carried out on any.
    """

    def __init__(
        self,
        walks: Walks,
        counters: Counters,
        changes: Changes,
        channels: Mapping[str, Channel],
        count: Callable[[str, float], None],
    ):
        self._walks, self._counters, self._changes = walks, counters, changes
        self._channels, self._count = channels, count
        self.chosen: Sequence[str] = tuple(channels)
        self._missed: dict[str, set[int] | None] = {}

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {STEP: self}

    # Making one

    async def reached(self, planned: Iterable[Planned]) -> Reached:
        """Who of those who are to get something is reached on which way."""
        identities = {one.row["identity"] for one in planned if one.letter is not None}
        if not identities:
            return {name: {} for name in self.chosen}
        return {name: await self._channels[name].reached(identities) for name in self.chosen}

    async def make(
        self, name: str, planned: Sequence[Planned], reached: Reached, taken: Taken
    ) -> set[int]:
        """Commit the step under a name and carry it out, once; returns who stood elsewhere by then.

        Raises as `Changes.make`.
        """
        outcomes = [_outcome(one, reached, taken) for one in planned]
        body = await self._body(outcomes, reached, taken)
        self._missed[name] = None
        try:
            await self._changes.make(Draft(STEP, None, body, id=name))
        except Conflict as error:  # who began it holds it still, or did until he died
            raise Unavailable("This step is being carried out.") from error
        finally:
            missed = self._missed.pop(name)
        if missed is None:  # another process carried it out, or will
            ids = [number for move in body["moves"] for number in move["ids"]]
            return set(ids) - await self._walks.moved(ids, taken.tag)
        self._count_sent(outcomes)
        return missed

    async def _body(
        self, outcomes: Sequence[Planned], reached: Reached, taken: Taken
    ) -> dict[str, Any]:
        return {
            "tag": taken.tag,
            "step": taken.step,
            "at": self._changes.clock.wall(),
            "all": [one.row["_id"] for one in outcomes],
            "moves": [move.to_body() for move in _moves(outcomes)],
            "following": await self._following(outcomes, taken),
            "channels": {
                name: await self._channels[name].drafted(_sent(outcomes, reached[name]))
                for name in self.chosen
            },
        }

    async def _following(self, outcomes: Sequence[Planned], taken: Taken) -> list[Document]:
        """The subscriptions to the sets that come next, and after whom each one comes."""
        through = [one for one in outcomes if one.following is not None]
        if not through:
            return []
        # After a firing he begins when that was due, however late it is carried out (3.4).
        now = taken.due_at + 1 if taken.due_at else self._changes.clock.wall()
        first = await self._counters.stage_subscriptions.take(len(through))
        return [
            {"after": one.row["_id"], "row": _successor(one, number, now)}
            for number, one in enumerate(through, first)
        ]

    def _count_sent(self, outcomes: Iterable[Planned]) -> None:
        sets = Counter(
            (one.set["content_type"], one.set["short_name"])
            for one in outcomes
            if one.letter is not None and not one.is_dry
        )
        for names, count in sets.items():
            for metric in of_set(*names):
                self._count(metric, count)

    # Carrying it out

    async def apply(self, record: Record, turn: Turn) -> None:
        await turn.write(partial(self._write, record, turn), partial(self._restamp, record))

    async def _write(self, record: Record, turn: Turn, stamp: int) -> None:
        body: Any = record.body
        only = await self._move(record.id, body, turn)
        following = [one for one in body["following"] if only is None or one["after"] in only]
        await self._walks.add([one["row"] for one in following])
        for name, part in body["channels"].items():
            await self._channels[name].write(record, part, only, turn, stamp)

    async def _move(self, name: str, body: Any, turn: Turn) -> set[int] | None:
        """Move them; returns to whom what goes out is to go, None: to all."""
        moves = [Move(**one) for one in body["moves"]]
        ids = {number for move in moves for number in move.ids}
        if await self._moved(moves, body) == len(ids) and not turn.is_finishing:
            missed: set[int] = set()
        else:
            missed = ids - await self._walks.moved(ids, body["tag"])
        if name in self._missed:
            self._missed[name] = missed
        return None if not missed else set(body["all"]) - missed

    async def _moved(self, moves: Sequence[Move], body: Any) -> int:
        if not moves:
            return 0
        if body["step"] is None:
            return await self._walks.move(moves, body["tag"], body["at"])
        for move in moves:
            await self._walks.finish(move, body["step"], body["tag"], body["at"])
        return 0

    async def _restamp(self, record: Record, stamp: int) -> None:
        for name, part in _parts(record.body):
            await self._channels[name].restamp(part, stamp)

    async def event(self, record: Record) -> Event:
        """What arrived for those who are connected."""
        told = [
            part
            for name, kept in _parts(record.body)
            for part in await self._channels[name].parts(record, kept)
        ]
        return Event(record.id, record.revision, tuple(told))


def _parts(body: Body) -> Iterable[tuple[str, Document]]:
    channels: Any = body.get("channels", {})  # a record that was stripped has none
    return list(channels.items())


def _outcome(one: Planned, reached: Reached, taken: Taken) -> Planned:
    """What becomes of it: where nobody reaches the identity, it is marked so (contract 3.1)."""
    if one.letter is None or one.row["_id"] in taken.delivered:
        return one
    if any(one.row["identity"] in whom for whom in reached.values()):
        return one
    lost = {"process_status": NO_ADDRESS}
    return replace(one, letter=None, fields=lost, used=None, following=None)


def _sent(outcomes: Iterable[Planned], whom: Mapping[str, Any]) -> list[Sent]:
    """What goes out on one way."""
    return [
        Sent(one.row["_id"], one.letter, one.origin, whom[one.row["identity"]])
        for one in outcomes
        if one.letter is not None and not one.is_dry and one.row["identity"] in whom
    ]


def _moves(outcomes: Iterable[Planned]) -> list[Move]:
    """Those who move alike together."""
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for one in outcomes:
        row = one.row
        if one.fields:
            stands = row["messageset"], row["lang"], row["next_sequence_number"]
            alike[(*stands, tuple(sorted(one.fields.items())), one.used)].append(row["_id"])
    return [
        Move(messageset, lang, position, ids, dict(fields), used)
        for (messageset, lang, position, fields, used), ids in alike.items()
    ]


def _successor(one: Planned, number: int, now: int) -> Document:
    assert one.following is not None
    place = one.following["_id"], one.following["default_schedule"]
    return successor(one.row, number, place, now)
