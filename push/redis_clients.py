"""Clients of the Redis that ``redis.uri`` names, by its own address or by those of sentinels."""

import asyncio
import re
from typing import Any, Final, cast
from urllib.parse import urlsplit

from redis import asyncio as aioredis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

Client = aioredis.Redis
Failures: Final = (RedisError, OSError, TimeoutError)
# Of redis-py's own: it would hold a request for up to a minute. Who asks tries again himself.
NO_RETRY: Final = Retry(NoBackoff(), 0)
ASK_LIMIT_S: Final = 0.25  # half of what a publisher waits, and what a sentinel that is away costs
SENTINEL_PORT: Final = 26379
BEHIND: Final = re.compile(r"(rediss?)\+sentinel://(?:([^@/?]*)@)?([^@/?]+)/([^/?]+)/?(?:\?(.*))?")
OF_SENTINELS: Final = ("sentinel_username", "sentinel_password")


def redis_client(uri: str, *, connect_s: float, answer_s: float | None) -> aioredis.Redis:
    """A client that connects when it is first used; ``answer_s`` None waits for ever.

    ``redis://``, ``rediss://`` and ``unix://`` name a server. ``redis+sentinel://[user:password@]
    host:port,host:port/name?db=0`` names the sentinels that know where the master ``name`` is, and
    ``rediss+sentinel://`` those that speak TLS: each connection is made to whoever is master then,
    also after a failover. The credentials are those of Redis; ``sentinel_username`` and
    ``sentinel_password`` in the query those of the sentinels. Raises ValueError.
    """
    limits: dict[str, Any] = {
        "socket_connect_timeout": connect_s,
        "socket_timeout": answer_s,
        "retry": NO_RETRY,
    }
    if "+sentinel://" in uri:
        client = _behind_sentinels(uri, limits)
    else:
        client = aioredis.Redis.from_url(uri, **limits)
    _refuse_unknown(client)
    return client


def _refuse_unknown(client: aioredis.Redis) -> None:
    """An option that redis-py does not know would fail at every attempt to connect."""
    pool = client.connection_pool
    try:
        pool.connection_class(**pool.connection_kwargs)
    except TypeError as error:
        raise ValueError(str(error)) from None


def _behind_sentinels(uri: str, limits: dict[str, Any]) -> aioredis.Redis:
    found = BEHIND.fullmatch(uri)
    if found is None:
        raise ValueError("not redis+sentinel://host:port,host:port/name")
    scheme, user, hosts, name, query = found.groups()
    options: dict[str, Any] = dict(parse_url(f"{scheme}://{user or ''}@sentinels/?{query or ''}"))
    for unused in ("host", "connection_class"):
        options.pop(unused, None)
    credentials = {key.removeprefix("sentinel_"): options.pop(key, None) for key in OF_SENTINELS}
    tls = {key: value for key, value in options.items() if key.startswith("ssl_")}
    tls |= {"ssl": True} if scheme == "rediss" else {}
    asking = {"socket_connect_timeout": ASK_LIMIT_S, "socket_timeout": ASK_LIMIT_S}
    sentinels = _Sentinels(  # type: ignore[no-untyped-call]
        [_address(host) for host in hosts.split(",")],
        sentinel_kwargs={**asking, "retry": NO_RETRY, **credentials, **tls},
    )
    client: aioredis.Redis = sentinels.master_for(name, _OfMaster, **{**options, **tls, **limits})
    return client


def _address(text: str) -> tuple[str, int]:
    """Host and port; raises ValueError."""
    split = urlsplit(f"//{text}")
    if split.hostname is None:
        raise ValueError(f"{text!r} names no host")
    return split.hostname, SENTINEL_PORT if split.port is None else split.port


class _Sentinels(Sentinel):
    """Asks all sentinels at once, for redis-py asks the next one after the one before timed out.

    The answer of the latest failover counts: a sentinel that was cut off from the others still
    names the master that they have left.
    """

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """(host, port); raises `MasterNotFoundError`, also while a failover is under way."""
        answers = await asyncio.gather(*(self._ask(one, service_name) for one in self.sentinels))
        known = [answer for answer in answers if answer is not None]
        if not known:
            raise MasterNotFoundError(f"no sentinel knows a living master {service_name!r}")
        return max(known)[1]

    async def _ask(self, sentinel: aioredis.Redis, name: str) -> tuple[int, tuple[str, int]] | None:
        """The number of the failover that made it master, and where it is; None: nobody knows."""
        try:
            masters: Any = await sentinel.sentinel_masters()
        except Failures:
            return None
        state = masters.get(name)
        if state is None or not self.check_master_state(state, name):
            return None
        return state["config-epoch"], (state["ip"], state["port"])


class _OfMaster(aioredis.Redis):
    """The master's client; the connections to sentinels are closed with it."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await cast(SentinelConnectionPool, self.connection_pool).sentinel_manager.aclose()
