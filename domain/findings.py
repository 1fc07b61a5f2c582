"""What a check of an installation found: one line for each thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True)
class Finding:
    """``text`` says what was seen, and what to do about it when that is not ``ok``."""

    name: str
    state: str
    text: str


def all_hold(findings: Iterable[Finding]) -> bool:
    """May a server be started? Warnings do not speak against it."""
    return all(one.state != FAILED for one in findings)
