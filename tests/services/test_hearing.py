"""What the broker brings: a burst is heard together, in order, and nothing that is odd ends it."""

import asyncio

import pytest

from domain.events import Event
from push import envelopes
from services.hearing import Hearing
from tests.push.parts import message, notice


class Ear:
    """Hears, and keeps what came together."""

    def __init__(self) -> None:
        self.heard: list[tuple[Event, ...]] = []
        self.asked: list[str] = []
        self.hearing = Hearing("here", self._hear, self._ask)

    def _hear(self, *events: Event) -> None:
        self.heard.append(events)

    async def _ask(self, record_id: str) -> None:
        self.asked.append(record_id)

    def take(self, *events: Event, process: str = "there") -> None:
        for event in events:
            self.hearing.take(envelopes.seal(event, process))


@pytest.mark.gen_test
async def test_what_one_turn_brings_is_heard_together_in_the_next() -> None:
    ear, events = Ear(), [notice(text=b"a"), message(1), notice(text=b"b"), notice(text=b"c")]
    ear.take(*events[:3])
    ear.take(notice(), process="here")
    assert ear.heard == []
    await asyncio.sleep(0)
    ear.take(events[3])
    await asyncio.sleep(0)
    assert [[one.record for one in some] for some in ear.heard] == [
        [one.record for one in events[:3]],
        [events[3].record],
    ]


@pytest.mark.gen_test
async def test_no_more_large_ones_wait_than_allowed_for_the_look_finds_the_others() -> None:
    ear, large = Ear(), [notice(text=b"x" * envelopes.LARGEST_BYTES) for _ in range(3)]
    ear.hearing._large = asyncio.Queue(2)
    ear.take(*large, notice(text=b"a"))
    await asyncio.sleep(0)
    assert [len(some) for some in ear.heard] == [1]
    for _ in range(2):
        await ear.hearing.ask_for_large()
    assert ear.asked == [one.record for one in large[:2]]
    assert ear.hearing._large.empty()


@pytest.mark.gen_test
@pytest.mark.expects_log("an envelope could not be read")
async def test_what_cannot_be_read_costs_none_of_the_others() -> None:
    ear, large = Ear(), notice(text=b"x" * envelopes.LARGEST_BYTES)
    ear.take(notice(text=b"a"))
    ear.hearing.take(b"{}")
    ear.take(large, notice(text=b"b"))
    await asyncio.sleep(0)
    ((first, second),) = ear.heard
    assert (first.parts[0].frame, second.parts[0].frame) == (b'{"t":"a"}', b'{"t":"b"}')
    await ear.hearing.ask_for_large()
    assert ear.asked == [large.record]
