"""How long a failed job waits."""

import pytest

from domain.clock import MINUTE, SECOND
from domain.jobs import MOST_ATTEMPTS, retry_after_us


@pytest.mark.parametrize(
    ("attempts", "wait_s"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (99, 300)],
)
def test_waiting_doubles_up_to_five_minutes(attempts: int, wait_s: int) -> None:
    assert retry_after_us(attempts) == wait_s * SECOND


def test_all_attempts_together_outlast_a_restart_of_what_failed() -> None:
    assert sum(retry_after_us(n) for n in range(1, MOST_ATTEMPTS)) > 2 * MINUTE
