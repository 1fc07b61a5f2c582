"""What comes from Redis pub/sub: one link for all channels, that proves itself alive."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from push.broker import Heard, Noticed
from push.redis_clients import Client, Failures
from push.redis_links import Link, connect, hang_up, packed

log = logging.getLogger("carillon.broker")

CONNECT_LIMIT_S = 1.0
SILENCE_S = 2.0  # no own heartbeat heard on a channel for this long: the link is dead
LOOK_S = 0.25
RETRY_S = 0.25


class Listener:
    """Hears all channels for as long as it runs; a dead link is noticed, and made again.

    ``beat`` publishes what is heard on every channel: once that was heard, the link is up.
    """

    def __init__(self, client: Client, channels: tuple[str, ...], beat: Callable[[], object]):
        self._client, self._channels, self._beat = client, channels, beat
        self._last_heard = dict.fromkeys(map(str.encode, channels), 0.0)
        self._unheard: set[bytes] = set()  # since the link was made
        self._link: Link | None = None
        self._is_linked = self._is_failing = False

    @property
    def is_linked(self) -> bool:
        return self._is_linked and not self._is_silent()

    def _is_silent(self) -> bool:
        """Is there a channel on which nothing is heard, not even the own heartbeat?"""
        return time.monotonic() - min(self._last_heard.values()) >= SILENCE_S

    async def run(self, heard: Heard, linked: Noticed) -> None:
        """Hear envelopes for ever; ``linked`` is called each time the link is up."""
        self._hear, self._tell_linked = heard, linked
        while True:
            try:
                await self._listen()
            except Failures as error:
                self._note_failure(error)
            except Exception:
                log.exception("listening to Redis failed")
            finally:
                self._is_linked = False
                await self._hang_up()
            await asyncio.sleep(RETRY_S)

    def _note_failure(self, error: Exception) -> None:
        """Say once that the link was lost, or cannot be made."""
        if self._is_linked:
            log.warning("lost the link to Redis: %s", str(error) or type(error).__name__)
        elif not self._is_failing:
            log.info("no link to Redis: %s", str(error) or type(error).__name__)
        self._is_failing = True

    async def _hang_up(self) -> None:
        link, self._link = self._link, None
        await hang_up(link)

    async def _listen(self) -> None:
        """Return never: raises `Failures` when the link breaks or falls silent."""
        self._over = over = asyncio.get_running_loop().create_future()
        self._unheard = set(self._last_heard)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            self._link = await connect(self._client, self._take_all, self._end)
            await self._link.send(packed("SUBSCRIBE", *self._channels))
        self._last_heard = dict.fromkeys(self._last_heard, time.monotonic())
        self._beat()
        while not self._is_silent():
            await asyncio.wait([over], timeout=LOOK_S)
            if over.done():
                over.result()
        raise TimeoutError("nothing heard, not even our own heartbeat")

    def _end(self, reason: str = "the connection was lost") -> None:
        if not self._over.done():
            self._over.set_exception(ConnectionError(reason))

    def _take_all(self, replies: list[Any]) -> None:
        now_s = time.monotonic()
        for reply in replies:
            if isinstance(reply, Exception):
                self._end(str(reply))
            elif reply[0] == b"message":
                self._take(reply[1], reply[2], now_s)

    def _take(self, channel: bytes, envelope: bytes, now_s: float) -> None:
        self._last_heard[channel] = now_s
        if self._unheard:
            self._note_heard(channel)
        try:
            self._hear(envelope)
        except Exception:
            log.exception("an envelope could not be heard")

    def _note_heard(self, channel: bytes) -> None:
        """The link is up once something was heard on every channel."""
        self._unheard.discard(channel)
        if not self._unheard:
            self._is_linked, self._is_failing = True, False
            log.info("linked to Redis")
            self._tell_linked()
