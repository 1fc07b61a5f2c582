"""A job: one thing to do later, and the states it goes through.

    waiting ──claim──▶ running ──▶ done
       ▲                  │ failed
       ├──── retry ◀──────┤
       │                  └──▶ dead      (failed too often)
       └──▶ cancelled

A running job whose lease ran out may be claimed like a waiting one. What failed because a store
was away waits again without having used up an attempt.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WAITING, RUNNING, DONE = "waiting", "running", "done"
DEAD, CANCELLED = "dead", "cancelled"

MOST_ATTEMPTS = 8
FIRST_RETRY_US = 1_000_000
LAST_RETRY_US = 300_000_000


@dataclass(frozen=True)
class Job:
    """``key`` makes adding it twice harmless; ``fence`` rises with every claim."""

    key: str
    kind: str
    due_at: int
    body: Mapping[str, object]
    attempts: int = 0
    fence: int = 0


def retry_after_us(attempts: int) -> int:
    """How long to wait before the next attempt: doubling, up to five minutes."""
    return min(LAST_RETRY_US, FIRST_RETRY_US << max(0, attempts - 1))
