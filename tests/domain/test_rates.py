"""Windows of a minute, what is said of a limit, and how long failures make one wait."""

import pytest

from domain.rates import Standing, backoff_s, window_of


@pytest.mark.parametrize(
    ("now_s", "window"), [(0, (0, 60)), (59.5, (0, 1)), (60, (1, 60)), (119.999, (1, 1))]
)
def test_windows(now_s: float, window: tuple[int, int]) -> None:
    assert window_of(now_s) == window


def test_what_is_said() -> None:
    said = {
        "RateLimit-Limit": "10",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "7",
        "RateLimit-Policy": "10;w=60",
    }
    assert Standing(10, 10, 7).headers() == said
    assert Standing(10, 11, 7).headers() == {**said, "Retry-After": "7"}
    assert Standing(10, 3, 7).remaining == 7


@pytest.mark.parametrize(
    ("failures", "wait_s"),
    [(0, 0), (9, 0), (10, 1), (11, 2), (13, 8), (19, 512), (20, 900), (10**9, 900)],
)
def test_waiting_after_failures(failures: int, wait_s: float) -> None:
    assert backoff_s(failures, 10, 900) == wait_s
