"""What dies, and when: after so many answers, so that a seed says the same again."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.chaos.ledgers import Ledger
from tests.chaos.worlds import World
from tests.journeys.processes import Server

PROCESS, REDIS, DATABASE, ALL, LEAVE = "process", "redis", "database", "all", "leave"
LONGEST_AWAY_S = {PROCESS: 1.0, REDIS: 4.0, DATABASE: 1.5, ALL: 1.0, LEAVE: 0.5}


@dataclass(frozen=True)
class Strike:
    """After ``at`` answers ``what`` dies, for ``away_s``."""

    at: int
    what: str
    away_s: float


def strikes(chance: random.Random, what: Sequence[str], answers: int) -> list[Strike]:
    """One of each, in any order, between the first twentieth of all answers and the last."""
    order = chance.sample(list(what), len(what))
    places = sorted(chance.randint(answers // 20, answers * 19 // 20) for _ in order)
    return [
        Strike(at, one, chance.uniform(0, LONGEST_AWAY_S[one]))
        for at, one in zip(places, order, strict=True)
    ]


@dataclass
class Trouble:
    """Carries out strikes, one after the other; what died is started again, as a host would."""

    servers: list[Server]
    ledger: Ledger
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    statuses: list[int] = field(default_factory=list)  # of servers that were asked to leave
    answered: list[int] = field(default_factory=list)  # how many requests, during each strike

    def actions(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        """What each kind of strike does, and for how long that is away."""
        return {PROCESS: self._process, LEAVE: self._leave}

    def plan(self, what: Sequence[str], answers: int) -> list[Strike]:
        """When in so many answers each of these happens."""
        return strikes(self.chance, what, answers)

    async def make(self, planned: Sequence[Strike]) -> None:
        actions = self.actions()
        for strike in planned:
            await self.ledger.reached(strike.at)
            before = self.ledger.answered
            await actions[strike.what](strike.away_s)
            self.done[strike.what] += 1
            self.answered.append(self.ledger.answered - before)

    async def _process(self, away_s: float) -> None:
        server = self.chance.choice(self.servers)
        server.kill()
        await asyncio.sleep(away_s)
        await server.start()

    async def _leave(self, away_s: float) -> None:
        """One after the other, as when a new version is rolled out."""
        server = self.servers[len(self.statuses) % len(self.servers)]
        self.statuses.append(await asyncio.to_thread(server.terminate))
        await asyncio.sleep(away_s)
        await server.start()


class WorldTrouble(Trouble):
    """That of a world, whose stores die too."""

    def __init__(self, world: World, ledger: Ledger, chance: random.Random):
        super().__init__(world.cluster.servers, ledger, chance)
        self.world = world

    def actions(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        stores = {REDIS: self._redis, DATABASE: self._database, ALL: self._all}
        return {**super().actions(), **stores}

    async def _redis(self, away_s: float) -> None:
        self.world.redis.kill()
        await asyncio.sleep(away_s)
        await self.world.redis.restart()

    async def _database(self, away_s: float) -> None:
        self.world.mongodb.kill()
        await asyncio.sleep(away_s)
        await self.world.mongodb.restart()

    async def _all(self, away_s: float) -> None:
        """Both stores and a process in one moment."""
        server = self.chance.choice(self.servers)
        self.world.mongodb.kill()
        server.kill()
        self.world.redis.kill()
        await asyncio.sleep(away_s)
        await asyncio.gather(self.world.mongodb.restart(), self.world.redis.restart())
        await server.start()
