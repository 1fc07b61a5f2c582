"""A Carillon that writes down how many tasks its loop has: ``server.py`` with one task more.

``WATCHED_TASKS`` names the file; only the process itself can count them.
"""

import asyncio
import os
import sys
from pathlib import Path

import server
from carillon import Carillon

EVERY_S = 0.2
TASKS = Path(os.environ.pop("WATCHED_TASKS"))
_start_loops = Carillon.start_loops


async def start_loops(self: Carillon) -> None:
    """Start what a process does by itself, and count."""
    await _start_loops(self)
    counting = asyncio.create_task(_count())
    self._undo.callback(counting.cancel)


async def _count() -> None:
    while True:
        TASKS.write_text(str(len(asyncio.all_tasks())))
        await asyncio.sleep(EVERY_S)


if __name__ == "__main__":
    Carillon.start_loops = start_loops  # type: ignore[method-assign]
    sys.exit(server.main())
