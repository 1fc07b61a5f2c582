"""How long the client waits for what, and how long before it tries again."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AT_ONCE_S = (0.05, 0.4)
MOST_RETRY_AFTER_S = 60.0


@dataclass(frozen=True)
class Timing:
    """Waits and limits in seconds; the defaults are for production.

    The first wait before coming back is ``first_wait_s``, each further one twice the last, up to
    ``longest_wait_s``; a random part of up to half is taken off. A connection that lived
    ``stable_s`` starts the count afresh. ``silent_pings`` ping intervals without a frame mean
    that the line is dead. ``ack_s`` is the least time between two acknowledgements. ``scale``
    multiplies all of these and all that the server names: it is for tests.
    """

    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0
    handshake_s: float = 10.0
    stable_s: float = 5.0
    request_s: float = 15.0
    silent_pings: float = 2.5
    ack_s: float = 5.0
    scale: float = 1.0


USUAL = Timing()


class Backoff:
    """Waits that grow, with a random part, so that a crowd does not return in one moment."""

    def __init__(self, timing: Timing, chance: random.Random | None = None):
        self._timing, self._chance = timing, chance or random.Random()
        self._attempt = 0

    def reset(self) -> None:
        self._attempt = 0

    def next_s(self, *, soon: bool = False) -> float:
        """The next wait, unscaled. ``soon``: the server asks for it; granted once in a row."""
        self._attempt += 1
        if soon and self._attempt == 1:
            return self._chance.uniform(*AT_ONCE_S)
        doubled = self._timing.first_wait_s * 2.0 ** min(self._attempt - 1, 32)
        return min(self._timing.longest_wait_s, doubled) * self._chance.uniform(0.5, 1.0)


def retry_after_s(header: str | None) -> float:
    """The seconds that a ``Retry-After`` asks for, or until its date; 0 for none, 60 at most."""
    if not header:
        return 0.0
    try:
        seconds = float(header) if header.isdigit() else _until(header)
    except (TypeError, ValueError):
        return 0.0
    return min(max(0.0, seconds), MOST_RETRY_AFTER_S)


def _until(date: str) -> float:
    return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
