"""A connection by itself: closing, lagging, signs of life, and where its reading stands."""

from dataclasses import replace

from domain.accounts import Identity
from domain.cursors import Cursor, Place
from push.connection import (
    FIRST_ROWS,
    FROM_THE_FEED,
    MOST_ROWS,
    PAGE_BYTES,
    READING,
    Connection,
    Reading,
)
from tests.push.parts import BOUND, Paper, cursor, user


def connection() -> tuple[Connection, Paper]:
    paper = Paper()
    return Connection(Identity(user(1), "token"), paper, most_unsent_bytes=BOUND), paper


def test_after_a_close_nothing_is_sent_and_it_is_not_closed_again() -> None:
    one, paper = connection()
    one.tell(b"a", b"b")
    one.close(3500, "signed out")
    one.close(1001, "")
    one.tell(b"c")
    assert (paper.frames, paper.closed) == ([b"a", b"b"], (3500, "signed out"))


def test_it_lags_beyond_the_bound_and_not_at_it() -> None:
    one, paper = connection()
    paper.unsent_bytes = BOUND
    assert not one.is_lagging
    paper.unsent_bytes += 1
    assert one.is_lagging


def test_a_peer_is_silent_only_after_it_was_asked_twice() -> None:
    """A process that stood still must not take everybody for gone."""
    one, _ = connection()
    one.heard(100.0)
    assert not one.is_silent(900.0, 50.0)
    one.unanswered = 2
    assert not one.is_silent(150.0, 50.0)
    assert one.is_silent(151.0, 50.0)
    one.heard(151.0)
    assert not one.is_silent(900.0, 50.0)


def in_the_youngest_stretch(base: int) -> Cursor:
    return replace(cursor(base), page=Place(base + 5))


def test_the_ring_goes_on_from_before_a_page() -> None:
    reading = Reading(cursor())
    assert reading.begin_page(10) == 10
    reading.end_page(cursor(50), 100)
    assert reading.begin_page(20) == 20


def test_in_the_youngest_stretch_the_ring_goes_on_from_before_its_first_page() -> None:
    reading = Reading(cursor())
    assert reading.begin_page(10) == 10
    reading.end_page(in_the_youngest_stretch(50), 100)
    assert reading.begin_page(20) == 10
    reading.end_page(in_the_youngest_stretch(50), 100)
    assert reading.begin_page(30) == 10
    reading.end_page(cursor(50), 100)
    assert reading.begin_page(40) == 40


def test_reading_again_forgets_how_far_it_came_in_the_youngest_stretch() -> None:
    reading = Reading(in_the_youngest_stretch(50), 7, not_before=9)
    reading.begin_page(10)
    reading.restart()
    assert (reading.cursor, reading.position) == (cursor(50), FROM_THE_FEED)
    assert reading.not_before == 0
    assert reading.begin_page(20) == 20


def test_pages_are_as_long_as_their_frames_allow() -> None:
    reading = Reading(cursor())
    sizes = [reading.rows]
    for size_bytes in (1_000, 1_000, 1_000, PAGE_BYTES * 100, PAGE_BYTES * 10_000, PAGE_BYTES, 0):
        reading.begin_page(1)
        reading.end_page(cursor(), size_bytes)
        sizes.append(reading.rows)
    assert sizes == [FIRST_ROWS, 80, 320, MOST_ROWS, 5, 1, 1, 4]


def test_a_new_connection_reads() -> None:
    assert connection()[0].state == READING
