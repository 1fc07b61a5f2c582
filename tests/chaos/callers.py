"""Somebody who asks until he is answered: the same key, whichever server is there."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.wire import NO_ANSWER, Line, Reply
from tests.journeys.processes import Door
from tests.sites import Person

UNDECIDED = (NO_ANSWER, 503, 409, 429)  # what the contract says to repeat, and silence
PAUSE_S = (0.05, 0.3)
PATIENCE_S = 180.0  # of a checker, on a machine where ten servers share two cores


@dataclass(frozen=True)
class Answered:
    """The answer that decided, the statuses before it, and when it was asked for (monotonic)."""

    reply: Reply
    before: tuple[int, ...] = ()
    asked_s: float = 0.0

    @property
    def is_success(self) -> bool:
        """Done now; or by a request before whose answer was lost, so that nothing is left to do."""
        is_repeat = bool(self.before) and self.reply.status in (400, 404)
        return self.reply.status < 300 or is_repeat


class Caller:
    """One caller; ``servers`` may come and go."""

    def __init__(self, servers: Sequence[Door], chance: random.Random):
        self.servers, self.chance = servers, chance
        self.line = Line()

    async def ask(
        self, server: Door, verb: str, path: str, who: Person, body: Any = None, key: str = ""
    ) -> Reply:
        """One request, once."""
        headers = {"Authorization": f"Token {who.token}"}
        if key:
            headers["Idempotency-Key"] = key
        return await self.line.ask(server.port, verb, path, headers=headers, body=body)

    async def until_answered(
        self, verb: str, path: str, who: Person, body: Any = None, key: str = ""
    ) -> Answered:
        """The same request until its outcome is known; fails when that takes too long."""
        before: list[int] = []
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            server = self.chance.choice(self.servers)
            asked_s = time.monotonic()
            reply = await self.ask(server, verb, path, who, body, key)
            if reply.status not in UNDECIDED:
                return Answered(reply, tuple(before), asked_s)
            before.append(reply.status)
            await asyncio.sleep(self.chance.uniform(*PAUSE_S))
        raise AssertionError(f"{verb} {path} {key}: no outcome, but {Counter(before)}")

    async def listed(self, path: str, who: Person) -> list[dict[str, Any]]:
        """A list, as soon as any server gives it."""
        answered = await self.until_answered("GET", path, who)
        assert answered.reply.status == 200, answered
        items: list[dict[str, Any]] = answered.reply.json
        return items

    def close(self) -> None:
        self.line.close()
