"""The metrics of seeds 000 and 002: which there are, and firing those that wait to be fired."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

OF_SCHEDULES: Final = (
    "schedules.created.sum",
    "scheduler.deliver_task.connection_error.sum",
    *(f"scheduler.deliver_task.http_error.{status}.sum" for status in (400, 401, 403, 404, 500)),
    "scheduler.deliver_task.timeout.sum",
)

Names = Callable[[], Awaitable[Sequence[str]]]
Fire = Callable[[], Awaitable[None]]


class Metrics:
    """The keys of schedules, and before them those of others who say so (surface, "Users")."""

    def __init__(self) -> None:
        self._names: list[Names] = []
        self._fire: list[Fire] = []

    def add(self, names: Names, fire: Fire) -> None:
        """List these keys before the schedules', and fire them when asked to; firing is quick."""
        self._names.append(names)
        self._fire.append(fire)

    async def names(self) -> list[str]:
        """Every key, in the contract's order (3.6)."""
        return [name for names in self._names for name in await names()] + list(OF_SCHEDULES)

    async def fire(self) -> None:
        """Begin what fires metrics by itself; of schedules nothing does (3.6)."""
        for fire in self._fire:
            await fire()
