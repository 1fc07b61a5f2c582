"""Rate limits: counted here, and told to the other processes once it is worth it.

Nobody's request waits for Redis. A process counts by itself; what one key did is added to the
shared number, which comes back, only after this process alone has seen an eighth of the limit.
So honest callers cost no round trip at all, and with P processes somebody gets at most
1 + (P - 1) / 8 of his limit, and what he does within a step. With Redis away each process goes on
with what it knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.errors import TooMany
from domain.rates import WINDOW_S, Standing, window_of
from push.tallies import Tallies

SHARED_FROM = 8  # a limit's part that is counted before others are told
STEP_S = 0.25
MOST_KEYS = 100_000  # of one window; more begin afresh, for memory is bounded and honest
TOLD_AT_ONCE = 500
THROTTLED = "Request was throttled. Expected available in {} second{}."


@dataclass(slots=True)
class _Count:
    """One key in this window: what is counted here and not told, and what all had when asked."""

    limit: int
    untold: int = 0
    told: int = 0

    @property
    def total(self) -> int:
        return self.untold + self.told

    @property
    def is_worth_telling(self) -> bool:
        return self.untold > 0 and (self.told > 0 or self.untold * SHARED_FROM >= self.limit)


class Rates:
    """``limits`` are numbers per minute: by what is done, then by who does it (user, address …).

    ``wall_s`` is the time of the day in seconds, for windows are the same for all processes.
    """

    def __init__(
        self,
        limits: Mapping[str, Mapping[str, int]],
        tallies: Tallies,
        wall_s: Callable[[], float],
    ):
        self._limits, self._tallies, self._wall_s = limits, tallies, wall_s
        self._window = 0
        self._counts: dict[str, _Count] = {}

    def take(self, what: str, who: Mapping[str, object]) -> Standing | None:
        """Count one more; where the nearest limit stands, or None where there is none.

        Raises `TooMany` when a limit is over.
        """
        number, reset_s = window_of(self._wall_s())
        if number != self._window or len(self._counts) > MOST_KEYS:
            self._window, self._counts = number, {}
        nearest: Standing | None = None
        for by, limit in self._limits.get(what, {}).items():
            if not who.get(by):
                continue
            count = self._counts.setdefault(f"{what}:{by}:{who[by]}", _Count(limit))
            count.untold += 1
            standing = Standing(limit, count.total, reset_s)
            if nearest is None or standing.share > nearest.share:
                nearest = standing
        if nearest is not None and nearest.is_over:
            raise TooMany(_throttled(reset_s), headers=nearest.headers())
        return nearest

    async def tell(self) -> None:
        """Add what is worth telling to the shared numbers; raises `Unavailable`."""
        window, counts = self._window, self._counts
        worth = [one for one in counts.items() if one[1].is_worth_telling]
        for key, count in worth[:TOLD_AT_ONCE]:
            added = count.untold
            total = await self._tallies.add(f"{window}:{key}", added, 2 * WINDOW_S)
            count.untold, count.told = count.untold - added, total

    async def close(self) -> None:
        await self._tallies.close()


def _throttled(wait_s: int) -> str:
    return THROTTLED.format(wait_s, "" if wait_s == 1 else "s")
