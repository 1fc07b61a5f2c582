"""A job: one thing to do later, and the states it goes through (docs/state-machine.md).

    waiting ──claim──▶ running ──▶ done
     │    ▲               │
     │    ├── retry ──────┤    it failed, or its process is gone
     │    └── requeue ────┴──▶ dead    it failed too often
     └──▶ cancelled

What failed because a store was away, or because its process died, waits again without having used
up an attempt.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from domain.clock import SECOND
from domain.trail import Trail

WAITING, RUNNING, DONE = "waiting", "running", "done"
DEAD, CANCELLED = "dead", "cancelled"
STATES = (WAITING, RUNNING, DONE, DEAD, CANCELLED)

MOST_ATTEMPTS = 8
MOST_DEATHS = 25  # of processes, with this job in hand: it may be what ends them
FIRST_RETRY_US = SECOND
LAST_RETRY_US = 300 * SECOND
RUN_LIMIT_S = 60.0


@dataclass(frozen=True)
class NewJob:
    """A job to be added, due at ``due_at`` (µs); ``key`` makes adding it twice harmless.

    With ``seals``, once it was claimed it can no more be cancelled or moved, whatever becomes of
    the claim: what it began may be half done (hole H6).
    """

    key: str
    kind: str
    due_at: int
    body: Mapping[str, object] = field(default_factory=dict)
    seals: bool = False


@dataclass(frozen=True)
class Job:
    """A job as it is run: ``attempts`` and ``fence`` count this claim.

    ``fence`` rises with every claim and never falls; ``attempts`` leaves out what did not count,
    and ``deaths`` are the processes that died meanwhile. ``trail`` is the request it goes back to.
    """

    key: str
    kind: str
    due_at: int
    body: Mapping[str, object]
    attempts: int = 0
    fence: int = 0
    deaths: int = 0
    trail: Trail | None = None


@dataclass(frozen=True)
class Row:
    """A job as it is listed."""

    key: str
    kind: str
    state: str
    due_at: int
    attempts: int
    error: str | None


@dataclass(frozen=True)
class Due:
    """What a runner must know of a job before its time: when, of which kind, under which key."""

    due_at: int
    kind: str
    key: str


class TryAgain(Exception):
    """Raised by a job that failed: try again, not before ``after_us`` from now.

    Without ``after_us`` its kind says when. Whether there is another attempt says its kind.
    """

    def __init__(self, error: str, after_us: int | None = None):
        super().__init__(error)
        self.after_us = after_us


class PutOff(Exception):
    """Raised by a job whose time has not come yet: again ``after_us`` from now.

    That is no failure: it uses up no attempt, and nothing is logged.
    """

    def __init__(self, reason: str, after_us: int):
        super().__init__(reason)
        self.after_us = after_us


class GiveUp(Exception):
    """Raised by a job that would fail each time: no more attempts."""


def retry_after_us(attempts: int) -> int:
    """How long to wait before the next attempt: doubling, up to five minutes."""
    return min(LAST_RETRY_US, FIRST_RETRY_US << max(0, attempts - 1))


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind are run.

    ``run`` may be called again after it ended: a process may die before that is written down.
    ``give_up`` is called with the last error before the job is dead, and also maybe twice.
    One process runs at most ``at_once`` of them together (None: as many as there is room for,
    less one, so that one slow kind does not stop all others).
    """

    run: Callable[[Job], Awaitable[None]]
    limit_s: float = RUN_LIMIT_S
    most_attempts: int = MOST_ATTEMPTS
    retry_after_us: Callable[[int], int] = retry_after_us
    at_once: int | None = None
    give_up: Callable[[Job, str], Awaitable[None]] | None = None
