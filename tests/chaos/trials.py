"""The changes that are killed at every step: how each is asked for, and when it is done, once."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient

from tests.chaos.callers import Caller
from tests.chaos.faults import Fault
from tests.chaos.readers import Reader
from tests.chaos.worlds import ADMIN, World
from tests.sites import Person

CROWD = 1_500
READY = ("Records.add", "Records._add_chunks")


@dataclass
class Trial:
    """One change, one fault; ``reader`` has a device that stays, ``sender`` has none."""

    change: "Change"
    fault: Fault
    sender: Person
    reader: Person
    device: Reader
    first_cursor: str = ""
    item: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.change.name}: {self.fault}"

    @property
    def content(self) -> str:
        return f"trial {self.sender.id}"

    @property
    def is_committed(self) -> bool:
        """Is the record there when the process dies?"""
        is_before = self.fault.when == "before" or self.fault.step == "Records._add_chunks"
        return not (self.fault.step in READY and is_before)


@dataclass(frozen=True)
class Stage:
    """What trials are carried out on; ``database`` is looked into only to count."""

    world: World
    caller: Caller
    database: Any

    @classmethod
    @contextmanager
    def of(cls, world: World) -> Iterator["Stage"]:
        caller = Caller(world.cluster.servers, random.Random(1))
        client: MongoClient[Any] = MongoClient(world.mongodb.uri)
        try:
            yield cls(world, caller, client["chaos"])
        finally:
            caller.close()
            client.close()

    def copies(self) -> Counter[str]:
        """How many copies there are of each content, counted once for all trials."""
        return Counter(one.get("content", "") for one in self.database["inbox_deliveries"].find())

    async def received(self, trial: Trial, box: str = "messages") -> list[dict[str, Any]]:
        """The trial's own items in the reader's list."""
        items = await self.caller.listed(f"/{box}/", trial.reader)
        return [one for one in items if one["content"] == trial.content]

    def sent(self, trial: Trial) -> int:
        """How many of the trial's messages the sender's box ever held."""
        return int(self.database["inbox_messages"].count_documents({"sender": trial.sender.id}))

    async def status(self, who: Person) -> int:
        """What somebody's token is worth."""
        return (await self.caller.until_answered("GET", "/messages/", who)).reply.status


class Change:
    """One kind of change; by HTTP it is ``request``, by the command line ``words``."""

    name: str
    prepares = ""  # the list that has the item before
    words: Callable[[Trial], list[str]] | None = None

    async def prepare(self, stage: Stage, trial: Trial) -> None:
        """Send what the change is about."""
        if self.prepares:
            await Send().ask(stage, trial)
            who = trial.sender if self.prepares == "messages/sent" else trial.reader
            trial.item = (await stage.caller.listed(f"/{self.prepares}/", who))[0]["id"]

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        """Who asks, verb, path and body."""
        raise NotImplementedError

    async def ask(self, stage: Stage, trial: Trial) -> bool:
        """Ask until it is answered; whether that was success."""
        who, verb, path, body = self.request(trial, stage.world)
        key = f"{self.name} {trial.content}"
        answered = await stage.caller.until_answered(verb, path, who, body, key)
        return answered.is_success or answered.reply.status in (400, 404)

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        """Is its effect there, exactly once?"""
        raise NotImplementedError


class Send(Change):
    """A message to three."""

    name = "send to three"
    count = 3

    def recipients(self, trial: Trial, world: World) -> list[int]:
        crowd = range(1, CROWD)[-self.count + 1 :]
        return [trial.reader.id, *(world.people[f"crowd{n}"].id for n in crowd)]

    def last(self, world: World) -> Person:
        """Who gets the last copy."""
        return world.people[f"crowd{CROWD - 1}"]

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        body = {"content": trial.content, "recipient_ids": self.recipients(trial, world)}
        return trial.sender, "POST", "/messages/send/", body

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        both = len(await stage.received(trial)), stage.sent(trial)
        found = await stage.caller.listed("/messages/", self.last(stage.world))
        return both == (1, 1) and [one["content"] for one in found].count(trial.content) == 1


class SendToCrowd(Send):
    name = f"send to {CROWD:,}"
    count = CROWD


class Broadcast(Change):
    name = "notice to everyone"

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        body = {"content": trial.content, "audience": "everyone"}
        return world.people[ADMIN], "POST", "/notices/send/", body

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        return len(await stage.received(trial, "notices")) == 1


class Mark(Change):
    name = "mark read"
    prepares = "messages"

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        return trial.reader, "PATCH", "/messages/mark-read/", {"message_ids": [trial.item]}

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        found = stage.database["inbox_deliveries"].find_one({"_id": trial.item})
        return (found["is_read"], found["version"]) == (True, 2)


class MarkNotice(Change):
    """A receipt for a notice to everyone."""

    name = "mark a notice read"
    fields = ("is_read", False)

    async def prepare(self, stage: Stage, trial: Trial) -> None:
        assert await Broadcast().ask(stage, trial)
        trial.item = (await stage.received(trial, "notices"))[0]["id"]

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        return trial.reader, "PATCH", "/notices/mark-read/", {"notice_ids": [trial.item]}

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        key = f"{trial.reader.id}:{trial.item}"
        found = stage.database["inbox_receipts"].find_one({"_id": key})
        return found is not None and (found["is_read"], found["version"]) == (True, 1)


class Delete(Change):
    name = "delete"
    prepares = "messages"

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        return trial.reader, "DELETE", "/messages/delete/", {"message_ids": [trial.item]}

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        found = stage.database["inbox_deliveries"].find_one({"_id": trial.item})
        is_gone = (found["deleted"], found["version"]) == (True, 2)
        return is_gone and await stage.received(trial) == []


class DeleteSent(Change):
    name = "delete from the sent box"
    prepares = "messages/sent"

    def request(self, trial: Trial, world: World) -> tuple[Person, str, str, Any]:
        return trial.sender, "DELETE", "/messages/delete-sent/", {"message_ids": [trial.item]}

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        found = stage.database["inbox_messages"].find_one({"_id": trial.item})
        is_gone = (found["deleted"], found["version"]) == (True, 2)
        return is_gone and len(await stage.received(trial)) == 1


class Command(Change):
    """A change that is asked for on the command line."""

    def words_of(self, trial: Trial) -> list[str]:
        raise NotImplementedError

    async def ask(self, stage: Stage, trial: Trial) -> bool:
        """Once more, with nothing to die of."""
        return stage.world.cluster.command(*self.words_of(trial)).returncode == 0


class DeleteAccount(Command):
    """The end of the reader, who had and had sent a message."""

    name = "delete an account"

    async def prepare(self, stage: Stage, trial: Trial) -> None:
        assert await Send().ask(stage, trial)
        body = {"content": trial.content, "recipient_ids": [trial.sender.id]}
        send = ("POST", "/messages/send/", trial.reader, body)
        assert (await stage.caller.until_answered(*send)).is_success

    def words_of(self, trial: Trial) -> list[str]:
        return ["users", "delete", trial.reader.name]

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        items = await stage.caller.listed("/messages/", trial.sender)
        is_kept = [(one["content"], one["sender"]) for one in items] == [(trial.content, None)]
        mine = (("inbox_messages", "sender"), ("inbox_deliveries", "user"))
        left = sum(stage.database[a].count_documents({b: trial.reader.id}) for a, b in mine)
        is_shut = await stage.status(trial.reader) == 403 and trial.device.closes[-1:] == [3500]
        return is_kept and left == 0 and is_shut


class Revoke(Command):
    name = "revoke a token"

    def words_of(self, trial: Trial) -> list[str]:
        return ["tokens", "revoke", trial.reader.token]

    async def is_done(self, stage: Stage, trial: Trial) -> bool:
        return await stage.status(trial.reader) == 403 and trial.device.closes[-1:] == [3500]
