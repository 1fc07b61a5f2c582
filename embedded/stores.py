"""The two stores of an installation: those that are configured, and embedded ones for the rest."""

import asyncio
import logging
from dataclasses import dataclass

from embedded.child import GiveUp
from embedded.folder import DataFolder
from embedded.mongodb import Administration, EmbeddedMongoDB
from embedded.process import StartError
from embedded.redis import EmbeddedRedis

log = logging.getLogger("carillon.embedded")


@dataclass(frozen=True)
class Endpoints:
    """Where the stores are. Both may hold passwords: not for logs."""

    mongodb_uri: str
    redis_uri: str


class Stores:
    """Starts and stops what is not configured; the caller holds the lock of `folder`.

    `on_give_up` gets one line once an embedded server cannot be kept running; unset, it is logged.
    """

    def __init__(
        self,
        folder: DataFolder,
        mongodb_uri: str | None,
        redis_uri: str | None,
        *,
        administration: Administration,
        on_give_up: GiveUp | None = None,
    ) -> None:
        give_up = on_give_up or log.error
        self._folder = folder
        self._mongodb_uri = mongodb_uri
        self._redis_uri = redis_uri
        self._mongodb = EmbeddedMongoDB(folder, administration, on_give_up=give_up)
        self._redis = EmbeddedRedis(folder, on_give_up=give_up)
        self._is_told = False

    @property
    def are_embedded(self) -> bool:
        """Is one of them not configured, so that it lives in the folder?"""
        return self._mongodb_uri is None or self._redis_uri is None

    async def start(self) -> Endpoints:
        """Start both at once and tell other processes; StartError leaves nothing running."""
        self._folder.prepare()
        if self.are_embedded:
            self._folder.check_room()
        try:
            endpoints = await self._start_both()
        except BaseException:
            await self.stop()
            raise
        self._folder.write_endpoints(self._started(endpoints))
        self._is_told = True
        return endpoints

    def find(self) -> Endpoints:
        """The stores of the process that holds the folder's lock; StartError when it has none yet.

        Starts nothing, and is meant for another process than the one that called `start`.
        """
        found = self._folder.read_endpoints() or {}
        mongodb_uri = self._mongodb_uri or found.get("mongodb_uri")
        redis_uri = self._redis_uri or found.get("redis_uri")
        if mongodb_uri is None or redis_uri is None:
            raise StartError(f"the server on {self._folder.path} is not up: try again")
        return Endpoints(mongodb_uri, redis_uri)

    async def stop(self) -> None:
        """Stop what was started, in reverse order, within seconds. May be called twice.

        Does nothing after `find`: what it found belongs to another process.
        """
        if self._is_told:
            self._folder.clear_endpoints()
            self._is_told = False
        try:
            await self._redis.stop()
        finally:
            await self._mongodb.stop()

    async def _start_both(self) -> Endpoints:
        try:
            async with asyncio.TaskGroup() as group:
                mongodb = group.create_task(_given(self._mongodb_uri, self._mongodb))
                redis = group.create_task(_given(self._redis_uri, self._redis))
        except ExceptionGroup as failures:
            # The other was cancelled, so there is one, or two that say the same of the folder.
            raise failures.exceptions[0] from None
        return Endpoints(mongodb.result(), redis.result())

    def _started(self, endpoints: Endpoints) -> dict[str, str]:
        started = {}
        if self._mongodb_uri is None:
            started["mongodb_uri"] = endpoints.mongodb_uri
        if self._redis_uri is None:
            started["redis_uri"] = endpoints.redis_uri
        return started


async def _given(uri: str | None, server: EmbeddedMongoDB | EmbeddedRedis) -> str:
    return uri if uri is not None else await server.start()
