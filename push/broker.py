"""How processes wake each other: envelopes out, envelopes in. A wake-up, never the truth."""

import asyncio
from collections.abc import Callable
from typing import Protocol

Heard = Callable[[bytes], None]
Noticed = Callable[[], None]


class Broker(Protocol):
    """At most once, in order per process, to every process that is linked, this one too.

    ``publish`` returns at once with something to await: True when the broker took the envelope,
    False when it was dropped (queue full, broker away); it never raises for that. ``is_linked``
    tells whether this process would hear others now.
    """

    @property
    def is_linked(self) -> bool: ...

    def publish(self, envelope: bytes) -> asyncio.Future[bool]: ...

    async def start(self, heard: Heard, linked: Noticed) -> None: ...

    async def stop(self) -> None: ...


class MemoryBroker:
    """The broker of a process that is alone."""

    def __init__(self) -> None:
        self._heard: Heard | None = None

    @property
    def is_linked(self) -> bool:
        return True

    def publish(self, envelope: bytes) -> asyncio.Future[bool]:
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        taken.set_result(True)
        return taken

    async def start(self, heard: Heard, linked: Noticed) -> None:
        self._heard = heard

    async def stop(self) -> None:
        self._heard = None
