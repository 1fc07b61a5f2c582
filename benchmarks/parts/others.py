"""The servers whose turn it is not."""

from collections.abc import Sequence
from contextlib import ExitStack
from time import perf_counter
from types import TracebackType

from benchmarks.parts.programs import Program
from benchmarks.parts.wire import Wire

STILL_S, BREATH_S = 8.0, 1.0


class Others:
    """Stand still within the block, but for a breath between shots when a turn is long.

    Without it Carillon closes its connections: it has heard nothing for 30 seconds (3010).
    """

    def __init__(self, wire: Wire, servers: Sequence[Program]):
        self._wire, self._servers = wire, servers
        self._paused, self._since_s = ExitStack(), 0.0

    def __enter__(self) -> "Others":
        self._stop()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._paused.close()

    def breathe(self) -> None:
        """Let them go on for a moment if they have stood still for long."""
        if perf_counter() - self._since_s > STILL_S:
            self._paused.close()
            self._wire.rest(BREATH_S)
            self._stop()

    def _stop(self) -> None:
        for one in self._servers:
            self._paused.enter_context(one.paused())
        self._since_s = perf_counter()
