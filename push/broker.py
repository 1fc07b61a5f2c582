"""How processes wake each other: envelopes out, envelopes in. A wake-up, never the truth."""

import asyncio
from collections.abc import Callable
from typing import Protocol

Heard = Callable[[bytes], None]
Noticed = Callable[[], None]


class Broker(Protocol):
    """At most once, in order per process, to every process that is linked, this one too.

    ``publish`` returns at once with something to await: True when the broker took the envelope,
    False when it was dropped (queue full, broker away, stopped); it never raises for that.
    ``is_linked`` tells whether this process would hear others now; ``linked`` is called each time
    that this becomes so. What ``heard`` raises is logged and ends nothing.
    """

    @property
    def is_linked(self) -> bool: ...

    def publish(self, envelope: bytes) -> asyncio.Future[bool]: ...

    async def start(self, heard: Heard, linked: Noticed) -> None: ...

    async def stop(self) -> None:
        """End; may be called twice, and without `start`."""


class MemoryBroker:
    """The broker of processes that are none: of one alone, or of several in one loop.

    Those that are made with the same ``bus`` hear each other, a turn of the loop later.
    """

    def __init__(self, bus: list["MemoryBroker"] | None = None) -> None:
        self._bus = [] if bus is None else bus
        self._heard: Heard | None = None

    @property
    def is_linked(self) -> bool:
        return self._heard is not None

    def publish(self, envelope: bytes) -> asyncio.Future[bool]:
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
