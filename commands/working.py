"""A worker's side of its crew: what it is given, when it is told to leave, how it says "ready"."""

import asyncio
import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import socket

from commands.leaving import Stop
from embedded.stores import Endpoints
from push.neighbours import Neighbours
from settings import Settings

LEAVE, HURRY = b"l", b"h"
ORDERS, REPORTS = 0, 1  # the descriptors: standard input and output
LENGTH_BYTES = 4


class NotAWorker(Exception):
    """Started by somebody else than a crew; the text is one line for a person."""


@dataclass(frozen=True)
class Assignment:
    """What a worker works with: the settings and stores of the server that started it.

    Handed over as they are, so that a worker that is started again does not differ from the
    others when a file was edited meanwhile. Holds passwords: it goes through a pipe alone.
    """

    settings: Settings
    endpoints: Endpoints
    sockets: tuple[int, ...] = field(default=())
    number: int = 1
    meeting: Path | None = None  # the folder where workers of one server ask each other

    def sealed(self, sockets: Sequence[int], number: int) -> bytes:
        """The bytes for the worker of this number, that inherits these descriptors."""
        data = pickle.dumps(replace(self, sockets=tuple(sockets), number=number))
        return len(data).to_bytes(LENGTH_BYTES, "big") + data

    def neighbours(self) -> Neighbours:
        """The other workers, as this one asks them."""
        return Neighbours(self.meeting, self.number)


def receive() -> Assignment:
    """What the crew handed to this process; raises `NotAWorker`."""
    try:
        data = _read(int.from_bytes(_read(LENGTH_BYTES), "big"))
        found = pickle.loads(data)  # noqa: S301 - from the process that started this one
    except (OSError, EOFError, pickle.UnpicklingError, ValueError):
        found = None
    if not isinstance(found, Assignment):
        raise NotAWorker("work is for workers, which run starts by itself")
    return found


def _read(count: int) -> bytes:
    """So many bytes of standard input and none more: orders follow."""
    found = b""
    while len(found) < count:
        chunk = os.read(ORDERS, count - len(found))
        if not chunk:
            raise EOFError
        found += chunk
    return found


def inherited(assignment: Assignment) -> list[socket]:
    """The sockets to serve on."""
    return [socket(fileno=number) for number in assignment.sockets]


def report_ready() -> None:
    """Say that this worker serves; nothing that is printed later reaches the crew."""
    os.write(REPORTS, b"r")
    os.dup2(sys.stderr.fileno(), REPORTS)


class Orders(Stop):
    """When to leave: when the crew says so, or is gone. A signal only asks: the crew presses.

    A supervisor that signals every process of a service would press by that alone.
    """

    def __init__(self) -> None:
        super().__init__()
        os.set_blocking(ORDERS, False)
        asyncio.get_running_loop().add_reader(ORDERS, self._read_order)

    def _hear(self) -> None:
        self.told.set()

    def _read_order(self) -> None:
        order = os.read(ORDERS, 16)
        self.told.set()
        if not order or HURRY in order:
            self.pressed.set()
        if not order:
            asyncio.get_running_loop().remove_reader(ORDERS)
