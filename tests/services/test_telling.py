"""A lone notice is sent while its crowd is gone through, each with his counters; a burst is not."""

from typing import cast

import orjson
import pytest

from domain.audiences import Audience
from domain.clock import Clock
from domain.events import Event, Part
from push.addressing import SLICE
from services import telling, unread
from services.mailboxes import Mailboxes
from services.telling import Telling
from services.unread import COALESCE_S, Unread
from tests.push.parts import Desk, Paper, event, message, user

COUNTED_US = 1_000
CROWD = 2 * SLICE + 1


class Wall:
    """Takes the place of the module ``time``."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic(self) -> float:
        return self.now_s


class Room:
    """A crowd whose counters are known; ``sent`` is how many frames each had at every flush."""

    def __init__(self) -> None:
        self.desk, self.sent = Desk(), list[list[int]]()
        self.papers = [self._paper(n) for n in range(1, CROWD + 1)]
        # Nothing here is counted, so neither mailboxes nor a clock is asked.
        told = Unread(self.desk.hub, cast("Mailboxes", None), cast("Clock", None))
        self.telling = Telling(self.desk.hub, told)
        self.telling.flush = lambda: self.sent.append([len(one.frames) for one in self.papers])

    def _paper(self, number: int) -> Paper:
        _, paper = self.desk.live(user(number))
        counters = self.desk.hub.counters(number)
        assert counters is not None
        counters.set({"messages": 0, "notices": 0}, COUNTED_US, COUNTED_US)
        return paper


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    for module in (telling, unread):
        monkeypatch.setattr(module, "time", made)
    return made


def notice() -> Event:
    part = Part(Audience(), b'{"type":"item"}', unread=("notices", 1), as_of=5)
    return event(part, revision=COUNTED_US + 1)


def letter(to: int) -> Event:
    part = Part((to,), b'{"type":"item"}', unread=("messages", 1))
    return event(part, revision=COUNTED_US + 1)


def test_the_first_have_all_of_it_before_the_last_are_gone_through(wall: Wall) -> None:
    room = Room()
    room.telling.tell([notice()])
    first, second = room.sent
    assert first == [2] * SLICE + [0] * (CROWD - SLICE)
    assert second == [2] * 2 * SLICE + [0]
    for paper in room.papers:
        item, counters = map(orjson.loads, paper.frames)
        assert (item["type"], counters["type"], counters["notices"]) == ("item", "unread", 1)


def test_of_a_burst_only_the_first_is_sent_so(wall: Wall) -> None:
    """One comes every few milliseconds: no gap is long enough for another to be alone."""
    room = Room()
    for _ in range(20):
        room.telling.tell([notice()])
        wall.now_s += COALESCE_S / 2
    assert len(room.sent) == 2
    wall.now_s += COALESCE_S
    room.telling.tell([notice()])
    assert len(room.sent) == 4


def test_each_has_all_that_came_together_before_the_last_are_gone_through(wall: Wall) -> None:
    """Several notices cost a receiver no more writes than one: they are sent slice by slice."""
    room = Room()
    room.telling.tell([notice(), notice(), notice()])
    first, second = room.sent
    assert first == [4] * SLICE + [0] * (CROWD - SLICE)
    assert second == [4] * 2 * SLICE + [0]
    for paper in room.papers:
        counters = orjson.loads(paper.frames[3])
        assert (counters["type"], counters["notices"]) == ("unread", 3)
    room.telling.tell([notice(), notice()])
    assert room.sent[-1] == [6] * 2 * SLICE + [4], "counters were told a moment ago"


def test_what_is_for_a_few_does_not_crowd(wall: Wall) -> None:
    room = Room()
    room.telling.tell([message(1)])
    room.telling.tell([notice()])
    assert len(room.sent) == 2


def test_what_others_get_does_not_hold_up_ones_counters(wall: Wall) -> None:
    """Messages to many, each to another, milliseconds apart: each with his counters at once."""
    room = Room()
    for number in range(1, 11):
        room.telling.tell([letter(number)])
        wall.now_s += COALESCE_S / 10
    assert [len(paper.frames) for paper in room.papers[:10]] == [2] * 10


def test_of_a_burst_to_one_the_first_alone_is_told_with_his_counters(wall: Wall) -> None:
    room = Room()
    paper = room.papers[0]
    for _ in range(5):
        room.telling.tell([letter(1)])
        wall.now_s += COALESCE_S / 10
    assert len(paper.frames) == 6
    wall.now_s += COALESCE_S
    room.telling.tell([letter(1)])
    assert len(paper.frames) == 8
    assert orjson.loads(paper.frames[-1])["messages"] == 6
