"""How much alerts have waiting, and whether that is too much (alerts contract, 1.14, 3.11)."""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from services.remembered import Remembered
from settings import AlertsHealth as Thresholds

OK, WARNING, CRITICAL = "ok", "warning", "critical"
ORDER: Final = (OK, WARNING, CRITICAL)
REMEMBERED_S: Final = 1.0  # anybody may ask, and counting costs

Check = dict[str, Any]
Backlog = Mapping[str, tuple[int, int]]


class AlertHealth:
    """Over the jobs of some kinds; ``backlog`` gives, for each, how many are due and since when."""

    def __init__(
        self,
        backlog: Callable[[int, Collection[str]], Awaitable[Backlog]],
        kinds: Callable[[], Collection[str]],
        clock: Clock,
        thresholds: Thresholds,
    ):
        self._backlog, self._kinds, self._clock = backlog, kinds, clock
        self._thresholds = thresholds
        self._waiting = Remembered(self._count, time.monotonic, REMEMBERED_S)

    async def check(self) -> tuple[str, dict[str, Check]]:
        """The worst status, and each check with its own; of the last second."""
        try:
            found = await self._waiting.get()
        except Unavailable as error:
            failed = {"status": CRITICAL, "message": error.detail}
            return CRITICAL, {"queue_size": failed, "queue_age": failed}
        now = self._clock.wall()
        sizes = {kind: count for kind, (count, _) in found.items()}
        ages = {kind: (now - since) // SECOND for kind, (_, since) in found.items()}
        checks = {
            "queue_size": judged(sizes, self._thresholds.queue_size),
            "queue_age": judged(ages, self._thresholds.queue_age_s),
        }
        return worst(checks), checks

    async def _count(self) -> Backlog:
        return await self._backlog(self._clock.wall(), self._kinds())


def judged(queues: Mapping[str, int], thresholds: tuple[float, ...]) -> Check:
    """A check with what waits in each queue that is not empty; the worst of them counts."""
    most = max(queues.values(), default=0)
    status = ORDER[sum(most >= threshold for threshold in thresholds)]
    return {"status": status, **({"queues": dict(queues)} if queues else {})}


def worst(checks: Mapping[str, Check]) -> str:
    return max((one["status"] for one in checks.values()), key=ORDER.index, default=OK)
