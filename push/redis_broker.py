"""The broker over Redis pub/sub: one pipeline per moment, one link that proves itself alive."""

import asyncio
import logging
import time
from contextlib import suppress

from redis import asyncio as aioredis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from push import envelopes
from push.broker import Heard, Noticed

log = logging.getLogger("carillon.broker")

QUEUE = 10_000  # envelopes waiting to go out; more are dropped, the look finds them
BATCH = 500
PUBLISH_LIMIT_S = 0.5
CONNECT_LIMIT_S = 1.0
HEARTBEAT_S = 0.5
SILENCE_S = 2.0  # no own heartbeat heard for this long: the link is dead, however it looks
RETRY_S = 0.25

Failures = (RedisError, OSError, TimeoutError)
NO_RETRY = Retry(NoBackoff(), 0)  # redis-py's own would hold a request for up to a minute


class RedisBroker:
    """Publishes through one bounded queue and listens on a supervised link of its own.

    A dead link is noticed within `SILENCE_S`, also one that died silently, and made again for
    as long as the broker runs; ``linked`` is called each time it is up. What was published in
    between was missed: that is the look's business, not the broker's.
    """

    def __init__(self, uri: str, *, process: str, channels: tuple[str, ...]):
        self._process, self._channels = process, channels
        self._redis = aioredis.Redis.from_url(
            uri,
            socket_connect_timeout=CONNECT_LIMIT_S,
            socket_timeout=PUBLISH_LIMIT_S,
            retry=NO_RETRY,
        )
        # The link waits for as long as nothing is said; the heartbeat is its time limit.
        self._link = aioredis.Redis.from_url(
            uri,
            socket_connect_timeout=CONNECT_LIMIT_S,
            socket_timeout=None,
            retry=NO_RETRY,
        )
        self._queue: asyncio.Queue[tuple[bytes, asyncio.Future[bool]]] = asyncio.Queue(QUEUE)
        self._tasks: list[asyncio.Task[None]] = []
        self._last_heard = 0.0
        self._is_linked = False

    @property
    def is_linked(self) -> bool:
        return self._is_linked and time.monotonic() - self._last_heard < SILENCE_S

    def publish(self, envelope: bytes) -> asyncio.Future[bool]:
        """Queue an envelope; the future says whether Redis took it."""
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((envelope, taken))
        except asyncio.QueueFull:
            taken.set_result(False)
        return taken

    async def start(self, heard: Heard, linked: Noticed) -> None:
        """Begin to publish and listen; returns at once, whether or not Redis is there."""
        self._tasks = [
            asyncio.create_task(self._publish_forever(), name="broker-publish"),
            asyncio.create_task(self._listen_forever(heard, linked), name="broker-listen"),
            asyncio.create_task(self._beat_forever(), name="broker-beat"),
        ]

    async def stop(self) -> None:
        """Send what is queued, within a limit, and end the tasks; may be called twice."""
        if self._tasks and self._is_linked:
            await self.publish(envelopes.heartbeat(self._process))  # all before it is sent by now
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in (self._redis, self._link):
            with suppress(*Failures):
                await client.aclose()

    # Out

    async def _publish_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            taken = False
            try:
                taken = await self._publish([envelope for envelope, _ in batch])
            finally:
                for _, future in batch:
                    if not future.done():
                        future.set_result(taken)

    async def _publish(self, batch: list[bytes]) -> bool:
        """Put a batch on the wire in one pipeline; False when Redis did not take it in time."""
        try:
            async with asyncio.timeout(PUBLISH_LIMIT_S):
                pipeline = self._redis.pipeline(transaction=False)
                for envelope in batch:
                    pipeline.publish(self._channels[0], envelope)
                await pipeline.execute()
            return True
        except Failures as error:
            log.debug("could not publish %d envelopes: %s", len(batch), error)
            return False

    async def _beat_forever(self) -> None:
        while True:
            await self.publish(envelopes.heartbeat(self._process))
            await asyncio.sleep(HEARTBEAT_S)

    # In

    async def _listen_forever(self, heard: Heard, linked: Noticed) -> None:
        while True:
            link = self._link.pubsub()
            try:
                await self._listen(link, heard, linked)
            except Failures as error:
                if self._is_linked:
                    log.warning("lost the link to Redis: %s", error or type(error).__name__)
            finally:
                self._is_linked = False
                with suppress(*Failures):
                    await link.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(RETRY_S)

    async def _listen(self, link: PubSub, heard: Heard, linked: Noticed) -> None:
        """Hear envelopes until the link breaks or falls silent."""
        async with asyncio.timeout(CONNECT_LIMIT_S):
            await link.subscribe(*self._channels)
        self._last_heard = time.monotonic()
        while True:
            message = await link.get_message(ignore_subscribe_messages=True, timeout=SILENCE_S)
            if message is None:
                if time.monotonic() - self._last_heard >= SILENCE_S:
                    raise TimeoutError("nothing heard, not even our own heartbeat")
                continue
            self._last_heard = time.monotonic()
            if not self._is_linked:
                self._is_linked = True
                log.info("linked to Redis")
                linked()
            heard(message["data"])
