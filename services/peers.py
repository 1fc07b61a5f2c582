"""Do the processes hear each other? One whose heartbeats are missed speaks to another Redis."""

import logging
import time
from collections.abc import Callable, Iterable

log = logging.getLogger("carillon.peers")

EXPECTED_AFTER_S = 3.0  # since it was first seen: it may not have been linked before
SILENT_AFTER_S = 3.0  # a process that died is known to be gone before


class Peers:
    """The other processes that live, as the database says, and when each was last heard of.

    Own heartbeats prove the way to Redis and back, not that the others are there too (hole H15).
    """

    def __init__(self, measure_s: Callable[[], float] = time.monotonic):
        self._measure_s = measure_s
        self._seen_s: dict[str, float] = {}
        self._heard_s: dict[str, float] = {}
        self._silent: frozenset[str] = frozenset()

    def see(self, living: Iterable[str]) -> None:
        """These live now."""
        now_s = self._measure_s()
        self._seen_s = {one: self._seen_s.get(one, now_s) for one in living}
        self._heard_s = {one: at for one, at in self._heard_s.items() if one in self._seen_s}
        silent = self.silent()
        for one in sorted(silent - self._silent):
            log.warning("process %s lives, and is not heard of over Redis", one)
        self._silent = silent

    def hear(self, process: str) -> None:
        """It said something, be it a heartbeat."""
        self._heard_s[process] = self._measure_s()

    def excuse(self) -> None:
        """Without a link of our own nobody can be heard, so nobody is missed."""
        now_s = self._measure_s()
        self._seen_s = dict.fromkeys(self._seen_s, now_s)
        self._heard_s = {}

    def silent(self) -> frozenset[str]:
        """Those that should have been heard of and were not."""
        now_s = self._measure_s()
        return frozenset(
            one
            for one, seen_s in self._seen_s.items()
            if now_s - seen_s > EXPECTED_AFTER_S
            and now_s - self._heard_s.get(one, seen_s) > SILENT_AFTER_S
        )
