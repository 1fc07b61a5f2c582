"""The broker over Redis pub/sub: one write per moment, one link that proves itself alive.

Envelopes are spread over channels by user. All processes hear all channels, over one link: with a
single Redis more channels gain nothing. Any node of a Redis Cluster takes a plain PUBLISH and tells
all others, so one node's address works there as well; what sharded pub/sub would save is not saved.
"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress

from push import envelopes
from push.broker import Heard, Noticed, Published, shards_of
from push.redis_clients import Failures, redis_client
from push.redis_listener import CONNECT_LIMIT_S, Listener
from push.redis_publisher import PUBLISH_LIMIT_S, Publisher

HEARTBEAT_S = 0.5
CANCEL_AGAIN_S = 0.1


class RedisBroker:
    """Publishes through one bounded queue and listens on a supervised link of its own.

    A dead link is noticed within `push.redis_listener.SILENCE_S`, also one that died silently, and
    made again for as long as the broker runs; ``linked`` is called each time it is up. What was
    published in between was missed: that is the look's business, not the broker's.
    """

    def __init__(self, uri: str, *, process: str, channels: tuple[str, ...]):
        self._process, self._channels = process, channels
        limits = {"connect_s": CONNECT_LIMIT_S, "answer_s": PUBLISH_LIMIT_S}
        self._redis = redis_client(uri, **limits)
        self._publisher = Publisher(self._redis)
        self._listener = Listener(self._redis, channels, self._beat)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_linked(self) -> bool:
        return self._listener.is_linked

    @property
    def on_published(self) -> Published:
        """Who is told of every round trip."""
        return self._publisher.on_published

    @on_published.setter
    def on_published(self, told: Published) -> None:
        self._publisher.on_published = told

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]:
        """Queue an envelope; the future says, within twice the limit, whether Redis took it."""
        shards = shards_of(users, len(self._channels))
        return self._publisher.put(envelope, tuple(self._channels[n] for n in shards))

    def _beat(self) -> asyncio.Future[bool]:
        return self.publish(envelopes.heartbeat(self._process))

    async def start(self, heard: Heard, linked: Noticed) -> None:
        """Begin to publish and listen; returns at once, whether or not Redis is there."""
        self._tasks = [
            asyncio.create_task(self._publisher.run(), name="broker-publish"),
            asyncio.create_task(self._listener.run(heard, linked), name="broker-listen"),
            asyncio.create_task(self._beat_forever(), name="broker-beat"),
        ]

    async def _beat_forever(self) -> None:
        while True:
            await self._beat()
            await asyncio.sleep(HEARTBEAT_S)

    async def stop(self) -> None:
        """Send what is queued, within a limit, and end the tasks; may be called twice."""
        if self._tasks:  # all before the last is sent by then
            await asyncio.wait([self._beat()], timeout=2 * PUBLISH_LIMIT_S)
        tasks, self._tasks = self._tasks, []
        await _end(tasks)
        await self._publisher.end()
        with suppress(*Failures):
            await self._redis.aclose()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they have ended.

    Once is not enough: redis-py connects under `asyncio.wait_for`, which before Python 3.12 loses a
    cancellation that comes as a write ends. A task that goes on would be waited for forever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
