"""Processes on one broker, as its tests see them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from push import redis_links
from push.broker import Broker, MemoryBroker
from push.redis_broker import RedisBroker
from tests.sites import until

Make = Callable[[str], Broker]


@dataclass
class Process:
    """One process: what it heard, and how often it was linked. It stumbles over ``bad``."""

    broker: Broker
    heard: list[bytes] = field(default_factory=list)
    linked: int = 0

    def note(self, envelope: bytes) -> None:
        """Heartbeats are the broker's own business."""
        if not envelope.startswith(b'{"from"'):
            self.heard.append(envelope)
        if envelope == b"bad":
            raise RuntimeError("cannot be heard")

    def count(self) -> None:
        self.linked += 1

    async def publish(self, *envelopes: bytes) -> list[bool]:
        return await asyncio.gather(*map(self.broker.publish, envelopes))


@asynccontextmanager
async def processes(make: Make, count: int = 1) -> AsyncIterator[list[Process]]:
    """So many, linked, and stopped at the end: none of their tasks is left."""
    before = asyncio.all_tasks()
    all_of_them = [Process(make(f"p{n}")) for n in range(count)]
    try:
        for one in all_of_them:
            await one.broker.start(one.note, one.count)
        await until(lambda: all(one.broker.is_linked for one in all_of_them))
        yield all_of_them
    finally:
        for one in all_of_them:
            await one.broker.stop()
        assert asyncio.all_tasks() <= before


def memory() -> Make:
    bus: list[MemoryBroker] = []
    return lambda process: MemoryBroker(bus)


def ask_for_each_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a redis-py whose insides are not known."""
    monkeypatch.setattr(redis_links, "_transport_of", lambda connection: None)


def over_redis(uri: str, shards: int = 1) -> Make:
    name = uuid4().hex
    channels = tuple(f"live:{name}:{n}" for n in range(shards))
    return lambda process: RedisBroker(uri, process=process, channels=channels)
