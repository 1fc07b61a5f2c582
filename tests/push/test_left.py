"""Who comes back has the counters he would have had if he had stayed, or is counted."""

import random

import pytest

from domain.audiences import Audience
from domain.events import Event, Part, Signal
from push import left
from push.counters import Counters
from push.left import Left
from push.ring import Ring
from tests.push.parts import user

BOB = user(1)


def counted(messages: int, at: int) -> Counters:
    made = Counters()
    made.set({"messages": messages, "notices": 0, "announcements": 0}, at, at)
    return made


def told(n: int, to: tuple[int, ...] | Audience, box: str, by: int) -> Event:
    revision = n * 1_000_000
    part = Part(to, b"{}", unread=(box, by), as_of=revision)
    return Event(f"r{revision}", revision, (part,))


@pytest.mark.parametrize("seed", range(20))
def test_it_is_as_if_he_had_stayed(seed: int) -> None:
    chance = random.Random(seed)
    ring = Ring(1 << 20)
    kept, stayed = Left(ring), counted(50, 1)
    leaves_at = chance.randrange(30)
    for n in range(30):
        if n == leaves_at:
            away = Counters()
            away.go_on_from(stayed)
            kept.keep(BOB.id, away)
        some: list[tuple[int, ...] | Audience] = [(1,), (2,), (1, 2), Audience()]
        to = chance.choice(some)
        event = told(10 + n, to, chance.choice(["messages", "notices"]), chance.choice([1, -1, 1]))
        ring.add(event)
        if to != (2,):
            (part,) = event.parts
            assert part.unread is not None
            stayed.move(*part.unread, event.revision)
    back = Counters()
    assert kept.resume(BOB, back)
    assert (back.counts, back.at) == (stayed.counts, stayed.at)
    assert not kept.resume(BOB, Counters()), "what was kept is used up"


@pytest.mark.parametrize(
    "event",
    [
        told(20, (1,), "notices", 0),
        told(20, Audience(), "notices", 0),
        Event("r20", 20, signals=(Signal("reread", 1),)),
        told(10, (1,), "messages", 1),  # the count may have it already
    ],
)
def test_what_is_not_certain_is_counted(event: Event) -> None:
    ring = Ring(1 << 20)
    kept = Left(ring)
    kept.keep(BOB.id, counted(3, 10_000_000))
    ring.add(event)
    assert not kept.resume(BOB, Counters())


def test_what_the_ring_has_forgotten_is_counted() -> None:
    ring = Ring(1_000)
    kept = Left(ring)
    kept.keep(BOB.id, counted(3, 10_000_000))
    for n in range(20):
        ring.add(told(20 + n, (2,), "messages", 1))
    assert not kept.resume(BOB, Counters())


def test_nobody_is_kept_without_figures_and_no_more_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(left, "MOST_KEPT", 3)
    kept = Left(Ring(1_000))
    kept.keep(9, Counters())
    for n in range(5):
        kept.keep(n, counted(n, 1))
    assert len(kept) == 3
    assert not kept.resume(user(0), Counters())
    assert kept.resume(user(4), Counters())
