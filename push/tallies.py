"""Counts that all processes share: one number per key and window in Redis, which forgets them.

Only counting up is asked for, and not on anybody's way: see `services/rates.py`.
"""

import asyncio
from typing import Any, Protocol, cast

from limits.aio.storage import RedisStorage

from domain.errors import Unavailable
from push.redis_clients import Failures, redis_client

LIMIT_S = 2.0  # nobody waits for it
AWAY = "Redis is away, so each process counts by itself"


class Tallies(Protocol):
    """Where counts are added up."""

    async def add(self, key: str, count: int, kept_s: int) -> int:
        """Raise a key's number, which is forgotten after so long, and return it as it is then.

        Raises `Unavailable`.
        """

    async def close(self) -> None:
        """Let go of what is held; may be called twice."""


class RedisTallies:
    """Over Redis, by `limits`: its script raises and expires in one step, as a cluster takes it."""

    def __init__(self, uri: str, *, prefix: str):
        self._redis = redis_client(uri, connect_s=LIMIT_S, answer_s=LIMIT_S)
        self._storage = RedisStorage(
            "async+redis://",  # where that is, the pool knows
            implementation="redispy",
            key_prefix=prefix,
            connection_pool=cast(Any, self._redis.connection_pool),  # handed on to redis-py
        )

    async def add(self, key: str, count: int, kept_s: int) -> int:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._storage.incr(key, kept_s, amount=count)
        except Failures as error:
            raise Unavailable(AWAY) from error

    async def close(self) -> None:
        await self._redis.aclose()
