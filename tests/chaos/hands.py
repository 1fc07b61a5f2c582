"""People at work: they carry out a plan over HTTP and write into the ledger what was accepted."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.chaos import plans
from tests.chaos.callers import UNDECIDED, Answered, Caller
from tests.chaos.ledgers import DELETED, READ, UNREAD, Ledger
from tests.chaos.plans import Step
from tests.chaos.readers import Reader
from tests.chaos.worlds import ADMIN, GROUP, Place
from tests.sites import Person

MARKS = {
    plans.MARK_READ: ("PATCH", "mark-read", READ),
    plans.MARK_UNREAD: ("PATCH", "mark-unread", UNREAD),
    plans.DELETE: ("DELETE", "delete", DELETED),
}


@dataclass
class Hands:
    """Carries out steps, each person's one after the other; ``readers`` are by person."""

    world: Place
    ledger: Ledger
    readers: Mapping[int, Sequence[Reader]]
    chance: random.Random
    pause_s: float = 0.0  # of each person after a step, on average

    async def work(self, steps: Sequence[Step], at_once: int) -> None:
        """All steps, ``at_once`` people at a time."""
        async with asyncio.TaskGroup() as group:
            for n in range(at_once):
                mine = [step for step in steps if step.who % at_once == n]
                group.create_task(self._work(mine, random.Random(self.chance.random())))

    async def _work(self, steps: Sequence[Step], chance: random.Random) -> None:
        caller = Caller(self.world.doors, chance)
        try:
            for step in steps:
                await self._do(step, caller)
                if step.cuts:
                    chance.choice(chance.choice(list(self.readers.values()))).cut()
                if self.pause_s:
                    await asyncio.sleep(chance.uniform(0, 2 * self.pause_s))
        finally:
            caller.close()

    async def _do(self, step: Step, caller: Caller) -> None:
        if step.what in plans.SENDS:
            await self._send(step, caller)
        elif step.what == plans.DELETE_SENT:
            await self._delete_sent(step, caller)
        else:
            await self._mark(step, caller)
        self.ledger.count()

    async def _send(self, step: Step, caller: Caller) -> None:
        is_message = step.what == plans.SEND
        box = "messages" if is_message else "notices"
        who = self._person(step.who) if is_message else self.world.people[ADMIN]
        body, to = self._addressed(step)
        body |= {"content": step.content}
        if step.gives_up:
            answered = await self._once(f"/{box}/send/", who, body, caller)
        else:
            key = f"step {step.number}"
            answered = await caller.until_answered("POST", f"/{box}/send/", who, body, key)
        if step.gives_up and answered.reply.status in UNDECIDED:
            self.ledger.maybe.add(step.content)
        elif self._is_fine(step, answered):
            self.ledger.asked_s[step.content] = answered.asked_s
        else:
            return
        sender = step.who if is_message else None
        copied = "recipient_ids" in body
        self.ledger.note_send(box, sender, step.content, to, is_copied=copied)

    async def _once(self, path: str, who: Person, body: object, caller: Caller) -> Answered:
        server, asked_s = caller.chance.choice(caller.servers), time.monotonic()
        return Answered(await caller.ask(server, "POST", path, who, body), (), asked_s)

    def _addressed(self, step: Step) -> tuple[dict[str, object], set[int]]:
        """How a body says who gets it, and who that is."""
        everyone = {person.id for person in self.world.people.values()}
        if step.what == plans.TO_ALL:
            return {"audience": "everyone"}, everyone
        if step.what == plans.TO_GROUP:
            return {"audience": {"group_ids": [GROUP]}}, self.world.members
        return {"recipient_ids": list(step.to)}, set(step.to)

    async def _mark(self, step: Step, caller: Caller) -> None:
        kind = "notice" if step.luck < 0.2 else "message"
        content = self._chosen(step, kind)
        if content is None:
            return
        verb, path, state = MARKS[step.what]
        ids = {f"{kind}_ids": [self.readers[step.who][0].ids[kind, content]]}
        who = self._person(step.who)
        key = f"step {step.number}"
        answered = await caller.until_answered(verb, f"/{kind}s/{path}/", who, ids, key)
        if self._is_fine(step, answered):
            self.ledger.note_state(step.who, content, state)

    async def _delete_sent(self, step: Step, caller: Caller) -> None:
        content = self._chosen(step, "sent")
        if content is None:
            return
        ids = {"message_ids": [self.readers[step.who][0].ids["sent", content]]}
        who, path = self._person(step.who), "/messages/delete-sent/"
        answered = await caller.until_answered("DELETE", path, who, ids, f"step {step.number}")
        if self._is_fine(step, answered):
            self.ledger.taken_out.add(content)

    def _chosen(self, step: Step, kind: str) -> str | None:
        """The content of something that this person's first device shows."""
        shown = [
            content
            for (one, content) in self.readers[step.who][0].ids
            if one == kind and not self._is_gone(step.who, kind, content)
        ]
        return shown[int(step.luck * len(shown))] if shown else None

    def _is_gone(self, user: int, kind: str, content: str) -> bool:
        if kind == "sent":
            return content in self.ledger.taken_out
        return self.ledger.states.get((user, content)) == DELETED

    def _is_fine(self, step: Step, answered: Answered) -> bool:
        self.ledger.before.update(answered.before)
        if not answered.is_success:
            self.ledger.refused.append(f"{step}: {answered.reply.status} {answered.reply.body!r}")
        return answered.is_success

    def _person(self, user: int) -> Person:
        return self.world.by_id[user]
