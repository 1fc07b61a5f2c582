"""How jobs ended, until it is written down: those that are done together, a few times a second."""

from collections.abc import Awaitable, Callable, Iterable

from domain.clock import Clock
from domain.jobs import Job
from models.jobs import CLAIMED_AT_ONCE, Jobs

Write = Callable[[], Awaitable[object]]


class Endings:
    """What one process has to write down; nothing is forgotten while the database is away.

    ``nudge`` is called when there is something: whoever hears it calls `write` soon.
    """

    def __init__(self, jobs: Jobs, clock: Clock):
        self._jobs, self._clock = jobs, clock
        self._done: dict[str, str] = {}
        self._others: dict[str, Write] = {}
        self.nudge: Callable[[], None] = lambda: None

    def __contains__(self, key: str) -> bool:
        return key in self._done or key in self._others

    def done(self, job: Job, by: str) -> None:
        """The job ran to its end."""
        self._done[job.key] = by
        self.nudge()

    def other(self, job: Job, write: Write) -> None:
        """The job ended in another way, which ``write`` writes down."""
        self._others[job.key] = write
        self.nudge()

    def drop(self) -> None:
        """Forget all: the jobs are others' by now."""
        self._done.clear()
        self._others.clear()

    async def write(self) -> None:
        """Write down what there is; raises `Unavailable`, and then the next call does it."""
        while self._done:
            by = next(iter(self._done.values()))
            keys = [key for key, one in self._done.items() if one == by][:CLAIMED_AT_ONCE]
            await self._jobs.finish(keys, by, self._clock.now())
            self._forget(self._done, keys)
        for key, write in list(self._others.items()):
            await write()
            self._forget(self._others, [key])

    @staticmethod
    def _forget(kept: dict[str, str] | dict[str, Write], keys: Iterable[str]) -> None:
        for key in keys:
            kept.pop(key, None)
