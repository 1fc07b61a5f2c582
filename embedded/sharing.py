"""Whose turn it is on a data folder; and how a command comes by the stores of one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from embedded.folder import DataFolder, FolderInUse
from embedded.process import StartError
from embedded.stores import Endpoints, Stores

FOLDER_LIMIT_S = 30.0
LOOK_S = 0.05


async def hold(folder: DataFolder) -> None:
    """Hold the folder for a server, after the command that may have it just now.

    Raises `FolderInUse` when another server has it, or one command has it for half a minute.
    """

    def is_hopeless(refusal: FolderInUse) -> bool:
        return refusal.holder == "run"

    folder.prepare()
    folder.check_room()
    refusal = await _lock(folder, "run", is_hopeless)
    if refusal is not None:
        raise refusal


@asynccontextmanager
async def shared(folder: DataFolder, stores: Stores) -> AsyncIterator[Endpoints]:
    """The folder's stores for as long as the block runs.

    Those that are not configured are started here, and stopped again, unless a server runs on the
    folder; another command is waited for. Raises `FolderInUse` when neither comes about within
    half a minute.
    """
    if not stores.are_embedded:
        yield stores.find()
        return

    def is_served(refusal: FolderInUse) -> bool:
        return refusal.holder == "run" and _is_up(stores)

    if await _lock(folder, "command", is_served) is not None:
        yield stores.find()
        return
    try:
        yield await stores.start()
    finally:
        await stores.stop()
        folder.unlock()


async def _lock(
    folder: DataFolder, holder: str, is_enough: Callable[[FolderInUse], bool]
) -> FolderInUse | None:
    """Hold the folder and return None, or return the refusal that is enough to know."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FOLDER_LIMIT_S
    while True:
        try:
            folder.lock(holder)
            return None
        except FolderInUse as refusal:
            if is_enough(refusal):
                return refusal
            if loop.time() > deadline:
                raise
        await asyncio.sleep(LOOK_S)


def _is_up(stores: Stores) -> bool:
    try:
        stores.find()
    except StartError:
        return False
    return True
