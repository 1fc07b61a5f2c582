"""What each process measures of itself, and the administrators who watch it each second."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from domain.clock import Clock
from domain.errors import Forbidden
from domain.events import Event
from domain.figures import high, total
from push import frames
from push.connection import CLOSED, Connection
from push.hub import Hub
from services.roster import Roster

STEP_S = 1.0
FEEL_S = 0.25
LAGS = 1_000  # the p99 is of so many changes
LAGS_S = 60  # not older than this


class Gauges:
    """Figures of the last second, said in this process's own document for all to add up.

    ``add`` names a figure that is read each second; ``stored`` gives those that are the same for
    all processes.
    """

    def __init__(
        self,
        roster: Roster,
        hub: Hub,
        clock: Clock,
        *,
        measure_s: Callable[[], float] = time.monotonic,
    ):
        self._roster, self._hub, self._clock = roster, hub, clock
        self._measure_s = measure_s
        self._sources: dict[str, Callable[[], float]] = {}
        self._watchers: set[Connection] = set()
        self._figures: dict[str, float] = {}
        self._measured_s = self._felt_s = measure_s()
        self._told = self._changes = 0
        self._delivery_lag_ms = self._loop_lag_ms = 0.0
        self._lags: deque[tuple[float, float]] = deque(maxlen=LAGS)
        self.stored: Callable[[], Mapping[str, float]] = dict
        self.on_lag: Callable[[float], None] = lambda lag_s: None

    def add(self, name: str, read: Callable[[], float]) -> None:
        """Read this figure each second from now on."""
        self._sources[name] = read

    def hear(self, event: Event) -> None:
        """Note how long a change took from its stamp to those here whom it concerns."""
        self._changes += 1
        lag_ms = (self._clock.wall() - event.revision) / 1_000
        self._delivery_lag_ms = max(self._delivery_lag_ms, lag_ms)
        self._lags.append((self._measure_s(), lag_ms))
        self.on_lag(lag_ms / 1_000)

    async def feel(self) -> None:
        """Note how much later than asked the loop gave a turn; called every `FEEL_S`."""
        now_s, felt_s = self._measure_s(), self._felt_s
        self._felt_s = now_s
        self._loop_lag_ms = max(self._loop_lag_ms, 1_000 * (now_s - felt_s - FEEL_S))

    async def step(self) -> None:
        """Measure the last second, and tell who watches."""
        now_s = self._measure_s()
        passed_s = max(now_s - self._measured_s, 0.001)
        told, self._measured_s = self._hub.told, now_s
        self._figures = {
            "connections": len(self._hub),
            "deliveries_per_s": (told - self._told) / passed_s,
            "changes_per_s": self._changes / passed_s,
            "delivery_lag_ms": self._delivery_lag_ms,
            "delivery_p99_ms": self._p99_ms(now_s),
            "loop_lag_ms": self._loop_lag_ms,
            **{name: float(read()) for name, read in self._sources.items()},
        }
        self._told, self._changes = told, 0
        self._delivery_lag_ms = self._loop_lag_ms = 0.0
        self._tell()

    def _p99_ms(self, now_s: float) -> float:
        """Of the last minute's changes, at most `LAGS`."""
        while self._lags and self._lags[0][0] < now_s - LAGS_S:
            self._lags.popleft()
        return high([lag_ms for _, lag_ms in self._lags])

    def figure(self, name: str) -> float:
        """A figure of the last second; 0 before the first one is over."""
        return self._figures.get(name, 0.0)

    def facts(self) -> dict[str, Any]:
        """What this process says of itself in its own small document."""
        return {**self._roster.facts(), "figures": self._figures}

    # Watching

    def watch(self, connection: Connection) -> None:
        """Tell this connection each second; raises `Forbidden` unless it is an administrator's."""
        if not connection.identity.user.is_admin:
            raise Forbidden
        self._watchers.add(connection)

    def unwatch(self, connection: Connection) -> None:
        """No more; may be called twice."""
        self._watchers.discard(connection)

    def _tell(self) -> None:
        self._watchers = {one for one in self._watchers if _may_watch(one)}
        if not self._watchers:
            return
        frame = frames.stats(self._clock.wall(), self.sum())
        for one in self._watchers:
            if not one.is_lagging:
                one.tell(frame)

    def sum(self) -> Mapping[str, Any]:
        """All processes together, and each: others as they last said, a second or two ago."""
        others = self._roster.others
        each = {name: one.facts.get("figures", {}) for name, one in others.items()}
        each[self._roster.process] = self._figures
        return {
            **total(list(each.values())),
            **self.stored(),
            "processes": len(each),
            "users": self._roster.users(),
            "each": {name: each[name] for name in sorted(each)},
        }


def _may_watch(connection: Connection) -> bool:
    return connection.state != CLOSED and connection.identity.user.is_admin
