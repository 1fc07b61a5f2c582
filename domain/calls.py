"""A call out: what is posted where, under which key; and when to try again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from domain.clock import HOUR, SECOND

MOST_WAIT_US = HOUR  # however long an answer's Retry-After asks to wait


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to be posted until it is taken.

    ``id`` is the same over attempts: the receiver may know it again. ``payload`` is JSON text,
    ``token`` goes out as ``Authorization: Token``. ``round`` counts how often it was begun anew
    after it had been given up, ``attempt`` the attempts of this round; both begin with 1.
    ``at`` is when it was first begun, in µs. ``schedule`` is whose firing it is, if any's.
    """

    id: str
    url: str
    payload: str
    token: str | None
    at: int
    schedule: int | None = None
    round: int = 1
    attempt: int = 1

    @property
    def key(self) -> str:
        """Names this attempt, once and for all."""
        return f"call:{self.id}:{self.round}:{self.attempt}"

    def next(self) -> "Call":
        """The next attempt."""
        return replace(self, attempt=self.attempt + 1)

    def to_body(self) -> dict[str, Any]:
        """As a job's body holds it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Call":
        return cls(**{name: body[name] for name in cls.__slots__})


def wait_us(
    delays_s: Sequence[float],
    attempt: int,
    *,
    jitter: float,
    random: Random,
    retry_after_s: float | None = None,
) -> int | None:
    """How long to wait after this attempt failed; None: it was the last.

    The delay is spread by ``jitter`` to both sides, a share of it; what the answer asked for is
    waited at least, up to an hour.
    """
    if attempt > len(delays_s):
        return None
    spread_s = delays_s[attempt - 1] * random.uniform(1 - jitter, 1 + jitter)
    wanted_us = int(max(spread_s, retry_after_s or 0.0) * SECOND)
    return min(wanted_us, max(MOST_WAIT_US, int(spread_s * SECOND)))


class CallFailed(Exception):
    """A call was not taken; ``reason`` says why in one line.

    ``is_final``: trying again is of no use. ``retry_after_s``: the receiver asked to wait so long.
    ``cause`` is what it is counted as: ``connection_error``, ``timeout`` or ``http_error.404``.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_final: bool = False,
        retry_after_s: float | None = None,
        cause: str = "connection_error",
    ):
        super().__init__(reason)
        self.reason, self.is_final, self.retry_after_s = reason, is_final, retry_after_s
        self.cause = cause
