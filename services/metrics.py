"""The metrics of seeds 000 and 002: which there are, how much was counted, and firing it.

Each process counts what it does. What was counted goes to the metrics service a moment later, many
of one name as one number; what that service does not take waits for the next time, and disturbs
nobody. A name ends in ``sum`` (the service adds up what it gets) or in ``last``.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from domain.calls import CallFailed
from domain.metrics import OF_SCHEDULES

log = logging.getLogger("carillon.metrics")

AGAIN_S: Final = 10.0  # after the service did not take something

Names = Callable[[], Awaitable[Sequence[str]]]
Fire = Callable[[], Awaitable[None]]


class Service(Protocol):
    """Where metrics are fired to."""

    async def fire(self, name: str, value: float) -> None:
        """Return once it was taken; raises `CallFailed`."""


def _nothing() -> None:
    """Without loops nobody fires."""


class Metrics:
    """The keys of schedules, and before them those of others who say so (surface, "Users").

    ``nudge`` is called when there is something for `flush` to do.
    """

    def __init__(self, service: Service | None = None) -> None:
        self._service = service
        self._names: list[Names] = []
        self._fire: list[Fire] = []
        self._counted: dict[str, float] = {}
        self._said: dict[str, float] = {}
        self._waiting: dict[str, float] = {}
        self._is_away = False
        self.nudge: Callable[[], None] = _nothing

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
        self.nudge()

    def count(self, name: str, by: float = 1) -> None:
        """Something happened ``by`` times; the name ends in ``sum``."""
        self._counted[name] = self._counted.get(name, 0) + by
        self._fire_later(name, self._waiting.get(name, 0) + by)

    def say(self, name: str, value: float) -> None:
        """How much there is now; the name ends in ``last``."""
        self._said[name] = value
        self._fire_later(name, value)

    def _fire_later(self, name: str, value: float) -> None:
        if self._service is not None:
            self._waiting[name] = value
            self.nudge()

    def counted(self) -> Mapping[str, float]:
        """What this process counted since its start, by name."""
        return dict(self._counted)

    def said(self) -> Mapping[str, float]:
        """How much there was when this process looked last, by name."""
        return dict(self._said)

    async def flush(self) -> float | None:
        """Fire what waits; returns in how many seconds to try again, None: when there is more."""
        if self._service is None:
            return None
        for name in list(self._waiting):
            value = self._waiting.pop(name)
            try:
                await self._service.fire(name, value)
            except CallFailed as error:
                self._keep(name, value, error)
                if not error.is_final:
                    return AGAIN_S
        self._is_away = False
        return None

    def _keep(self, name: str, value: float, error: CallFailed) -> None:
        """For the next time, unless there is none: the service would never take it."""
        if not self._is_away:
            log.warning("the metrics service did not take %s: %s", name, error)
        self._is_away = True
        if error.is_final:
            return
        if name.endswith(".last"):
            self._waiting.setdefault(name, value)
        else:
            self._waiting[name] = self._waiting.get(name, 0) + value
