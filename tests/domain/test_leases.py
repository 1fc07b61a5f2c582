"""How long a lease must be."""

from domain.leases import LONGEST_S, Length

LEAST_S, RENEWED_AFTER_S = 1.5, 0.5


def test_who_renews_in_time_has_the_shortest() -> None:
    length = Length(LEAST_S)
    assert length.seconds == LEAST_S
    for _ in range(100):
        length.note(RENEWED_AFTER_S)
    assert length.seconds == LEAST_S


def test_who_was_slow_has_twice_what_it_took_and_the_shortest_again_a_minute_later() -> None:
    length = Length(LEAST_S)
    length.note(6)
    assert length.seconds == 12
    seen = []
    for _ in range(120):
        length.note(RENEWED_AFTER_S)
        seen.append(length.seconds)
    assert seen == sorted(seen, reverse=True)
    assert seen[33] > 6
    assert seen[-1] == LEAST_S


def test_there_is_a_longest() -> None:
    length = Length(LEAST_S)
    length.note(3_600)
    assert length.seconds == LONGEST_S
