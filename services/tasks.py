"""Work under way that nobody waits for: kept, heard when it fails, ended together."""

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger("carillon.tasks")


class Tasks:
    """The owner of tasks that end by themselves."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopped = False

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, work: Coroutine[None, None, None], name: str) -> None:
        """Let it run; what it raises is logged. After `stop` nothing begins any more."""
        if self._is_stopped:
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("%s failed", task.get_name(), exc_info=error)

    async def stop(self) -> None:
        """End all and wait for them; may be called twice."""
        self._is_stopped = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
