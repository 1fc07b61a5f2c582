"""What the tests of the embedded servers share: a driver, waiting, a look at the processes."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient


class Driver:
    """The driver's part of a first start, and a count of how often it was asked."""

    def __init__(self, stranger: str | None = None) -> None:
        self.created = 0
        self._stranger = stranger

    async def create_user(self, uri: str, user: str, password: str) -> None:
        self.created += 1
        async with connect(uri) as client:
            await client.admin.command("createUser", user, pwd=password, roles=["root"])
            if self._stranger is not None:
                await client.admin.command("createUser", self._stranger, pwd="x", roles=["root"])

    async def names(self, uri: str) -> list[str]:
        async with connect(uri) as client:
            users = [user["_id"] async for user in client.admin["system.users"].find()]
            return users + await client.list_database_names()


def connect(uri: str) -> AsyncMongoClient[Any]:
    return AsyncMongoClient(uri)


async def until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    """Return once `condition` holds; TimeoutError when it does not come to that."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - processes set no events
            await asyncio.sleep(0.01)


def processes(mark: Path) -> list[int]:
    """The ids of the processes with an argument that begins with `mark`."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _names(entry, os.fsencode(mark))
    ]


def is_running(pid: int) -> bool:
    try:
        return b"\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _names(entry: Path, mark: bytes) -> bool:
    try:
        arguments = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(argument.startswith(mark) for argument in arguments)
