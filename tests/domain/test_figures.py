"""Figures of several processes as one."""

from domain.figures import TOTALS, high, total


def test_together() -> None:
    one = {"connections": 2.0, "deliveries_per_s": 1.5, "loop_lag_ms": 3.0, "redis": 1.0}
    two = {"connections": 3.0, "deliveries_per_s": 0.25, "loop_lag_ms": 9.0, "redis": 0.0}
    assert total([one, two]) == {
        "connections": 5,
        "deliveries_per_s": 1.75,
        "loop_lag_ms": 9,
        "redis": 0,
    }


def test_what_nobody_measured_is_left_out() -> None:
    assert total([]) == total([{}]) == {}
    assert total([{"strange": 1.0}, {"look_age_s": 2.0}]) == {"look_age_s": 2}
    assert list(total([dict.fromkeys(TOTALS, 0.0)])) == list(TOTALS)


def test_what_nearly_all_do_not_exceed() -> None:
    assert high([]) == 0
    assert high([7.0]) == 7
    assert high([float(n) for n in range(100, 0, -1)]) == 99
    assert high([1.0] * 98 + [9.0, 8.0]) == 8
    assert high([3.0, 1.0, 2.0], 0.5) == 2
