"""A process's book of its connections, and the mirror of it that others keep."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts import Identity
from domain.clock import Clock
from domain.roster import Seat
from push.connection import Connection
from services import book
from services.book import ROWS, Book
from services.mirror import Change, Mirror
from tests.conftest import HandClock
from tests.push.parts import BOUND, Paper, user


def a_connection(who: int) -> Connection:
    return Connection(Identity(user(who), "token"), Paper(), most_unsent_bytes=BOUND)


class World:
    """A book and a mirror; what the book tells may be lost, what it writes is read sometime."""

    def __init__(self) -> None:
        self.book, self.mirror = Book("p", Clock(HandClock())), Mirror()
        self.open: list[Connection] = []
        self.stored: dict[int, Any] = {}

    def come(self, who: int, is_heard: bool) -> None:
        self.open.append(a_connection(who))
        self._told(self.book.add(self.open[-1]), is_heard)

    def go(self, which: int, is_heard: bool) -> None:
        if self.open:
            change = self.book.remove(self.open.pop(which % len(self.open)))
            assert change is not None
            self._told(change, is_heard)

    def _told(self, change: Change, is_heard: bool) -> None:
        if is_heard:
            self.mirror.change(change)

    def write(self) -> None:
        for chunk in list(self.book.unwritten()):
            self.stored[chunk.number] = chunk
            self.book.note_written(chunk)

    def read(self) -> int:
        missing = list(self.mirror.missing("p", self.book.written))
        for number in missing:
            chunk = self.stored[number]
            self.mirror.take("p", number, chunk.version, (row.seat for row in chunk.rows))
        return len(missing)

    def seats(self) -> set[Seat]:
        found = {self.book.seat_of(one) for one in self.open}
        return {seat for seat in found if seat is not None}

    def mirrored(self) -> set[Seat]:
        return {seat for who in self.mirror.users for seat in self.mirror.of_user(who)}


STEPS = st.one_of(
    st.tuples(st.just("come"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("go"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("write")),
    st.tuples(st.just("read")),
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=60), st.integers(1, 3))
def test_whatever_is_lost_the_mirror_ends_equal(steps: list[tuple[Any, ...]], rows: int) -> None:
    rows, book.ROWS = book.ROWS, rows
    try:
        world = World()
        for name, *arguments in steps:
            getattr(world, name)(*arguments)
        world.write()
        world.read()
        assert world.mirrored() == world.seats()
        assert len(world.mirror) == len(world.book) == len(world.open)
        world.mirror.forget("p")
        assert (len(world.mirror), list(world.mirror.users)) == (0, [])
    finally:
        book.ROWS = rows


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30))
def test_when_all_is_heard_nothing_need_be_read(steps: list[tuple[bool, int]]) -> None:
    world = World()
    for is_coming, which in steps:
        world.come(which, True) if is_coming else world.go(which, True)
        assert world.mirrored() == world.seats()
    world.write()
    assert world.read() == 0


def test_what_comes_late_changes_nothing() -> None:
    mirror, one, two = Mirror(), Seat(1, "p", 1, 7), Seat(2, "p", 2, 7)
    mirror.take("p", 0, 5, [two])
    mirror.change(Change(0, 4, one, True))
    mirror.take("p", 0, 3, [one])
    assert set(mirror.of_user(7)) == {two}
    assert (mirror.find("p", 2), mirror.find("p", 1), mirror.find("q", 2)) == (two, None, None)


def test_what_changes_by_itself_is_written_when_it_did() -> None:
    world = World()
    world.come(1, False)
    (chunk,) = world.book.unwritten()
    assert [row.unsent_bytes for row in chunk.rows] == [0]
    assert world.book.written == [0]
    world.write()
    assert (list(world.book.unwritten()), world.book.written) == ([], [1])
    paper = world.open[0].transport
    assert isinstance(paper, Paper)
    paper.unsent_bytes = 10
    (chunk,) = world.book.unwritten()
    assert ([row.unsent_bytes for row in chunk.rows], chunk.version) == ([10], 1)
    world.write()
    paper.unsent_bytes = 11  # still waiting: not worth a write
    assert list(world.book.unwritten()) == []
    world.book.note_lost()
    assert len(list(world.book.unwritten())) == 1


def test_chunks_are_filled_before_another_is_begun() -> None:
    world = World()
    for _ in range(ROWS + 1):
        world.come(1, True)
    assert [len(world.book.chunk(n).rows) for n in range(2)] == [ROWS, 1]
    world.go(0, True)
    world.go(0, True)
    for _ in range(ROWS + 1):
        world.come(2, True)
    assert [len(world.book.chunk(n).rows) for n in range(2)] == [ROWS, ROWS]
