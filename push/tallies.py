"""Counts that all processes share: one number per key and window in Redis, which forgets them.

Only counting up is asked for, and not on anybody's way: see `services/rates.py`.
"""

import asyncio
from typing import Any, Protocol, cast

from limits.aio.storage import RedisStorage
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain.errors import Unavailable

LIMIT_S = 0.5


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
        self._storage = RedisStorage(
            f"async+{uri}" if not uri.startswith("unix") else f"async+redis+{uri}",
            implementation="redispy",
            key_prefix=prefix,
            socket_connect_timeout=LIMIT_S,
            socket_timeout=LIMIT_S,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # handed on to redis-py
        )

    async def add(self, key: str, count: int, kept_s: int) -> int:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._storage.incr(key, kept_s, amount=count)
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable from error

    async def close(self) -> None:
        await cast(Any, self._storage.bridge).get_connection().aclose()
