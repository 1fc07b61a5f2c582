"""A storm: a plan carried out under strikes, then every client compared with the truth."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pymongo import MongoClient

from tests.chaos.callers import Caller
from tests.chaos.hands import Hands
from tests.chaos.ledgers import BOXES, DELETED, Ledger
from tests.chaos.plans import plan
from tests.chaos.readers import Reader, following
from tests.chaos.strikes import Trouble
from tests.chaos.ways import Events, Polls
from tests.chaos.wire import Socket
from tests.chaos.worlds import Place

DEVICES = ((Socket,), (Socket, Events, Polls))  # of each person: how they follow
AT_ONCE = 16
SETTLED_WITHIN_S = 60.0
LISTS = {"message": "/messages/", "notice": "/notices/", "sent": "/messages/sent/"}
MakeTrouble = Callable[[Ledger, random.Random], Trouble]


COLUMNS = (
    "seed | accepted | shown | told again | lost | shown twice | stepped back | unequal | other"
    " | strikes | p50 ms | p99 ms | s"
)


def head_of(columns: str) -> str:
    """The head of a table in Markdown, its ``columns`` parted by bars."""
    return f"| {columns} |\n{'|---' * len(columns.split('|'))}|"


HEAD = head_of(COLUMNS)


@dataclass
class Outcome:
    """What a storm came to: figures for the table, and every violation, a line each."""

    seed: int
    accepted: int = 0
    shown: int = 0
    repeats: int = 0
    strikes: int = 0
    answered: list[int] = field(default_factory=list)  # requests, during each strike
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stepped_back: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    p50_s: float = 0.0
    p99_s: float = 0.0
    took_s: float = 0.0

    def line(self) -> str:
        """One row of the table."""
        counted = (self.lost, self.doubled, self.stepped_back, self.unequal, self.other)
        figures = [self.seed, self.accepted, self.shown, self.repeats, *map(len, counted)]
        times = [f"{self.p50_s * 1_000:.0f}", f"{self.p99_s * 1_000:.0f}", f"{self.took_s:.0f}"]
        return " | ".join(map(str, ["", *figures, self.strikes, *times, ""])).strip()

    @property
    def violations(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.stepped_back, *self.unequal, *self.other]


class Storm:
    """One run in a place that is up; what strikes do there is its ``trouble``'s business."""

    def __init__(self, world: Place, seed: int, trouble: MakeTrouble, *, pause_s: float = 0.0):
        self.world, self.seed, self.chance = world, seed, random.Random(seed)
        self._make_trouble, self._pause_s = trouble, pause_s
        self.ledger = Ledger()
        self.outcome = Outcome(seed)
        self.readers = {
            person.id: [
                Reader(person, world.doors, seed=self.chance.randrange(2**32), ways=ways)
                for ways in DEVICES
            ]
            for person in world.people.values()
        }

    @property
    def everyone(self) -> list[Reader]:
        return [reader for readers in self.readers.values() for reader in readers]

    async def run(self, sends: int, what: Sequence[str]) -> Outcome:
        """So many sends under these strikes; what came of it."""
        began = time.monotonic()
        steps = plan(self.chance, len(self.readers) - 1, sends)
        trouble = self._make_trouble(self.ledger, self.chance)
        planned = trouble.plan(what, len(steps))
        hands = Hands(self.world, self.ledger, self.readers, self.chance, self._pause_s)
        async with following(self.everyone):
            async with asyncio.TaskGroup() as group:
                group.create_task(hands.work(steps, AT_ONCE))
                group.create_task(trouble.make(planned))
            await self._compare()
        self._judge_devices()
        await asyncio.to_thread(self._judge_database)
        self._count(trouble)
        self.outcome.took_s = time.monotonic() - began
        return self.outcome

    # Lists

    async def _compare(self) -> None:
        """Everybody's lists with the ledger, and with what his devices show."""
        caller = Caller(self.world.doors, self.chance)
        deadline = time.monotonic() + SETTLED_WITHIN_S
        waiting = dict.fromkeys(self.readers, list[str]())
        while waiting and time.monotonic() < deadline:
            found = {user: await self._differences(user, caller) for user in waiting}
            waiting = {user: lines for user, lines in found.items() if lines}
            await asyncio.sleep(0.2 if waiting else 0)
        caller.close()
        self._judge_lists([line for lines in waiting.values() for line in lines])

    async def _differences(self, user: int, caller: Caller) -> list[str]:
        person = self.world.by_id[user]
        lists = {kind: await caller.listed(path, person) for kind, path in LISTS.items()}
        wrong = [
            *self.ledger.wrong(user, "messages", lists["message"]),
            *self.ledger.wrong(user, "notices", lists["notice"]),
            *self.ledger.wrong_sent(user, lists["sent"]),
        ]
        counts = (await caller.until_answered("GET", "/inbox/counts", person)).reply.json
        for n, reader in enumerate(self.readers[user]):
            for kind, items in lists.items():
                if reader.items(kind) != items:
                    wrong.append(f"{user}: device {n} shows other {kind}s than the list")
            told = {box: reader.unread.get(box) for box in BOXES}
            if reader.hears_counters and told != {box: counts[box] for box in BOXES}:
                wrong.append(f"{user}: device {n} was told {told}, true is {counts}")
        return wrong

    def _judge_lists(self, lines: list[str]) -> None:
        for line in lines:
            if " lost " in line:
                self.outcome.lost.append(line)
            elif line.endswith(" times"):
                self.outcome.doubled.append(line)
            else:
                self.outcome.unequal.append(line)

    # Devices and database

    def _judge_devices(self) -> None:
        for reader in self.everyone:
            back = reader.stepped_back()
            if back:
                self.outcome.stepped_back.append(f"{reader.who.name}: {back} versions")
            if reader.resets:
                self.outcome.other.append(f"{reader.who.name}: {reader.resets} resets")
            self.outcome.doubled += reader.conflicts
            self._judge_missing(reader)

    def _judge_missing(self, reader: Reader) -> None:
        """What was accepted and deleted since must have been shown, if only as deleted."""
        user = reader.who.id
        for kind, box in (("message", "messages"), ("notice", "notices")):
            for content in self.ledger.received[box][user] - self.ledger.maybe:
                key = self.readers[user][0].ids.get((kind, content))
                is_deleted = self.ledger.states.get((user, content)) == DELETED
                if is_deleted and (kind, key) not in reader.shown:
                    self.outcome.lost.append(f"{reader.who.name} was never shown {content}")

    def _judge_database(self) -> None:
        """As many copies as were accepted, tombstones too, shown in their last version; no record
        is open or dead."""
        with MongoClient[dict[str, object]](self.world.mongodb.uri) as client:
            database = client["chaos"]
            found: dict[object, int] = {}
            versions: dict[object, object] = {}
            for copy in database["inbox_deliveries"].find({}, {"user": 1, "version": 1}):
                found[copy["user"]] = found.get(copy["user"], 0) + 1
                versions[copy["_id"]] = copy["version"]
            records = list(database["live_records"].find({"state": {"$ne": "done"}}, {"state": 1}))
        for user in self.readers:
            have, least = found.get(user, 0), self.ledger.copies[user]
            if not least <= have <= least + len(self.ledger.maybe):
                self.outcome.doubled.append(f"{user} has {have} copies, {least} were accepted")
        for reader in self.everyone:
            self.outcome.unequal += [
                f"{reader.who.name} shows {key} version {one.version}, not {versions[key[1]]}"
                for key, one in reader.shown.items()
                if key[0] != "sent" and versions.get(key[1], one.version) != one.version
            ]
        self.outcome.other += [f"record {one['_id']} is {one['state']}" for one in records]

    def _count(self, trouble: Trouble) -> None:
        outcome, ledger = self.outcome, self.ledger
        outcome.accepted = len(ledger.asked_s)
        outcome.shown = sum(len(reader.log) for reader in self.everyone)
        outcome.repeats = sum(reader.repeats for reader in self.everyone)
        outcome.strikes = sum(trouble.done.values())
        outcome.answered = trouble.answered
        outcome.other += ledger.refused + self.world.complaints()
        outcome.other += [f"exit status {status}" for status in trouble.statuses if status]
        late = sorted(self._delays())
        outcome.p50_s, outcome.p99_s = late[len(late) // 2], late[len(late) * 99 // 100]

    def _delays(self) -> list[float]:
        """From the request that was answered to each device's showing it; 0 if shown before."""
        at = self.ledger.asked_s
        return [
            max(0.0, reader.arrived[kind, item] - at[content])
            for reader in self.everyone
            for (kind, content), item in reader.ids.items()
            if kind != "sent" and content in at
        ]
