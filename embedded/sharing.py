"""How a command comes by the stores of a data folder: a running server's, or started for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from embedded.folder import DataFolder, FolderInUse
from embedded.process import StartError
from embedded.stores import Endpoints, Stores

FOLDER_LIMIT_S = 30.0
LOOK_S = 0.05


@asynccontextmanager
async def shared(folder: DataFolder, stores: Stores) -> AsyncIterator[Endpoints]:
    """The folder's stores for as long as the block runs.

    Started here, and stopped again, unless a server runs on the folder; another command is
    waited for. Raises `FolderInUse` when neither comes about within half a minute.
    """
    folder.prepare()
    if not await _is_ours(folder, stores):
        yield stores.find()
        return
    try:
        yield await stores.start()
    finally:
        await stores.stop()
        folder.unlock()


async def _is_ours(folder: DataFolder, stores: Stores) -> bool:
    """Hold the folder, or find that a server that is up does."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FOLDER_LIMIT_S
    while True:
        try:
            folder.lock("command")
            return True
        except FolderInUse as error:
            if error.holder == "run" and _is_up(stores):
                return False
            if loop.time() > deadline:
                raise
        await asyncio.sleep(LOOK_S)


def _is_up(stores: Stores) -> bool:
    try:
        stores.find()
    except StartError:
        return False
    return True
