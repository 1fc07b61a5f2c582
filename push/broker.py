"""How processes wake each other: envelopes out, envelopes in. A wake-up, never the truth."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

Heard = Callable[[bytes], None]
Noticed = Callable[[], None]
Published = Callable[[int, float, bool], None]  # so many envelopes, in s, whether they were taken


def shards_of(users: Collection[int] | None, shards: int) -> list[int]:
    """The channels, by number, on which news of these users go; all for None, which is everybody.

    All that concerns one user goes over one channel, so it is heard in order there.
    """
    if users is None or len(users) >= 4 * shards:
        return list(range(shards))
    return sorted({user % shards for user in users}) or [0]


class Broker(Protocol):
    """At most once, in order per process and user, to every process that is linked, this one too.

    ``publish`` says whom an envelope concerns, None for everybody: one that concerns users of
    several channels is heard once on each. It returns at once with something to await: True when
    the broker took the envelope, False when it was dropped (queue full, broker away, stopped); it
    never raises for that.
    ``is_linked`` tells whether this process would hear others now; ``linked`` is called each time
    that this becomes so. What ``heard`` raises is logged and ends nothing. ``on_published`` is told
    of every round trip to the broker.
    """

    on_published: Published

    @property
    def is_linked(self) -> bool: ...

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]: ...

    async def start(self, heard: Heard, linked: Noticed) -> None: ...

    async def stop(self) -> None:
        """End; may be called twice, and without `start`."""


def unnoticed(envelopes: int, took_s: float, is_taken: bool) -> None:
    """Nobody measures."""


class MemoryBroker:
    """The broker of processes that are none: of one alone, or of several in one loop.

    Those that are made with the same ``bus`` hear each other, a turn of the loop later.
    """

    def __init__(self, bus: list["MemoryBroker"] | None = None) -> None:
        self.on_published: Published = unnoticed
        self._bus = [] if bus is None else bus
        self._heard: Heard | None = None

    @property
    def is_linked(self) -> bool:
        return self._heard is not None

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()
        taken.set_result(self.is_linked)
        for one in self._bus if self.is_linked else ():
            loop.call_soon(one._hear, envelope)
        return taken

    def _hear(self, envelope: bytes) -> None:
        if self._heard is not None:
            self._heard(envelope)

    async def start(self, heard: Heard, linked: Noticed) -> None:
        self._heard = heard
        self._bus.append(self)
        linked()

    async def stop(self) -> None:
        if self._heard is not None:
            self._bus.remove(self)
            self._heard = None
