"""Figures that the database knows: the same for all processes, read once in a while."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client.metrics_core import Metric

from domain.errors import Unavailable
from services.instruments import Figure, Values

log = logging.getLogger("carillon.metrics")

Read = Callable[[], Awaitable[Sequence[Values]]]

FRESH_S = 10.0
SHARE = 20  # reading takes no more than this part of the time: counting large sets is slow
LIMIT_S = 4.0  # whoever asks has a limit, too; Prometheus' usual one is ten seconds
AGE = Figure("carillon_stored_figures_age_seconds", "How long ago the database's figures were read")


class StoredFigures:
    """Whoever asks gets what was read lately; the first who finds it old reads again.

    While the database is away, or slow, what was read before stays, and says how old it is.
    """

    def __init__(self, measure_s: Callable[[], float] = time.monotonic):
        self._measure_s = measure_s
        self._sources: list[tuple[Sequence[Figure], Read]] = []
        self._families: list[Metric] = []
        self._read_at_s: float | None = None
        self._again_at_s = 0.0
        self._reading: asyncio.Task[None] | None = None

    def add(self, figures: Sequence[Figure], read: Read) -> None:
        """Have these figures, whose values ``read`` gives in the same order, or `Unavailable`."""
        self._sources.append((figures, read))

    async def families(self) -> list[Metric]:
        """What is known, read again if it is old and there is time for it."""
        self._begin()
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=LIMIT_S)
        if self._read_at_s is None:
            return []
        age_s = self._measure_s() - self._read_at_s
        return [*self._families, AGE.family({(): round(age_s, 3)})]

    def known(self) -> Sequence[Metric]:
        """What was read last, without waiting; read again meanwhile if it is old."""
        self._begin()
        return self._families

    def _begin(self) -> None:
        if self._reading is None and self._measure_s() >= self._again_at_s:
            self._reading = asyncio.create_task(self._read(), name="stored figures")

    async def stop(self) -> None:
        """Read no more; may be called twice."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        began_s = self._measure_s()
        try:
            found = [
                figure.family(values)
                for figures, read in self._sources
                for figure, values in zip(figures, await read(), strict=True)
            ]
            self._families, self._read_at_s = found, began_s
        except Unavailable as error:
            log.debug("the database's figures are not to be had: %s", error)
        finally:
            now_s = self._measure_s()
            self._again_at_s = now_s + max(FRESH_S, SHARE * (now_s - began_s))
            self._reading = None
