"""Envelopes: what goes in comes out, and what is none is refused."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audiences import Audience
from domain.events import Event, Part, Signal
from domain.jobs import Due
from push.envelopes import (
    LARGEST_BYTES,
    MOST_RECIPIENTS,
    Opened,
    due,
    heartbeat,
    news,
    origin,
    seal,
)
from tests.push.parts import event, message

IDS = st.integers(0, 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
AUDIENCES = st.builds(Audience, st.none() | st.frozensets(IDS, max_size=4))
PARTS = st.builds(
    Part,
    AUDIENCES | st.lists(IDS, max_size=5).map(tuple),
    st.binary(max_size=200),
    st.none() | IDS,
    st.none() | st.tuples(TEXTS, st.integers(-3, 3)),
    IDS,
    st.dictionaries(TEXTS, st.binary(max_size=20), max_size=3),
    st.frozensets(IDS, max_size=3),
)
SIGNALS = st.builds(Signal, TEXTS, IDS, st.none() | TEXTS)
EVENTS = st.builds(
    Event,
    TEXTS,
    IDS,
    st.lists(PARTS, max_size=4).map(tuple),
    st.lists(SIGNALS, max_size=3).map(tuple),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(EVENTS, TEXTS)
def test_what_is_sealed_is_what_is_opened(sent: Event, process: str) -> None:
    opened = Opened(seal(sent, process))
    assert (opened.process, opened.record, opened.event) == (process, sent.record, sent)


@pytest.mark.parametrize(
    "large",
    [
        message(*range(MOST_RECIPIENTS + 1)),
        message(1, text=b"x" * LARGEST_BYTES),
        event(*[Part((n,), b"x" * 100) for n in range(700)]),
    ],
)
def test_of_a_large_event_only_the_records_id_goes_out(large: Event) -> None:
    envelope = seal(large, "p1")
    opened = Opened(envelope)
    assert (opened.process, opened.record, opened.event) == ("p1", large.record, None)
    assert len(envelope) < 100


def test_a_heartbeat_says_who_is_alive_and_nothing_else() -> None:
    opened = Opened(heartbeat("p1"))
    assert (opened.process, opened.record, opened.event) == ("p1", None, None)


def test_jobs_that_are_due_soon_come_as_they_went() -> None:
    jobs = (Due(5, "inbox.expire", "expire:a"), Due(0, "k", "b"))
    opened = Opened(due(jobs, "p1"))
    assert (opened.process, opened.record, opened.event, opened.due) == ("p1", None, None, jobs)


@pytest.mark.parametrize(
    "jobs", [5, [5], [[1, "k"]], [[1, "k", 5]], [["1", "k", "b"]], [[-1, "k", "b"]]]
)
def test_jobs_with_something_wrong_are_refused(jobs: object) -> None:
    with pytest.raises(ValueError, match="not an envelope"):
        Opened(orjson.dumps({"from": "p", "due": jobs}) + b"\n")


@given(st.binary() | JSON.map(orjson.dumps))
def test_garbage_is_refused_with_a_value_error(garbage: bytes) -> None:
    try:
        opened = Opened(garbage)
    except ValueError:
        return
    assert (opened.event, isinstance(opened.process, str)) == (None, True)


HEAD = orjson.loads(seal(event(Part((1, 2), b"frame", 5, ("notices", 1))), "p").partition(b"\n")[0])
PART = HEAD["parts"][0]
SPOILED = [
    {**HEAD, "from": 1},
    {**HEAD, "record": None},
    {**HEAD, "revision": "9"},
    {**HEAD, "revision": True},
    {**HEAD, "signals": [["revoked"]]},
    {**HEAD, "signals": [["revoked", "1", None]]},
    {**HEAD, "signals": None},
    {**HEAD, "parts": [{}]},
    {**HEAD, "parts": 5},
    *[
        {**HEAD, "parts": [{**PART, key: value}]}
        for key, value in [
            ("to", "nobody"),
            ("to", ["1"]),
            ("to", {"group_ids": ["x"]}),
            ("length", 4),
            ("length", 6),
            ("length", -1),
            ("first_id", "5"),
            ("unread", ["notices"]),
            ("unread", ["notices", "1"]),
            ("unread", 1),
            ("as_of", None),
            ("variants", [["de", 1]]),
            ("variants", [["de"]]),
            ("variants", None),
            ("without", ["1"]),
            ("without", None),
        ]
    ],
]


@pytest.mark.parametrize("head", SPOILED)
def test_an_envelope_with_one_thing_wrong_is_refused(head: dict[str, Any]) -> None:
    assert Opened(orjson.dumps(HEAD) + b"\nframe").event is not None
    with pytest.raises(ValueError, match="not an envelope"):
        Opened(orjson.dumps(head) + b"\nframe")


@given(st.dictionaries(TEXTS, JSON, max_size=3), TEXTS)
def test_news_is_what_was_told(told: dict[str, Any], process: str) -> None:
    opened = Opened(news(process, told))
    assert (opened.process, opened.news) == (process, told)
    assert (opened.record, opened.event) == (None, None)


@given(EVENTS, st.text(), st.text())
def test_an_envelope_begins_with_who_sent_it(event: Event, process: str, other: str) -> None:
    large = Event("r", 1, (Part((1,), b"x" * (LARGEST_BYTES + 1)),))
    jobs = [Due(5, "kind", "key")]
    for one in (
        seal(event, process),
        seal(large, process),
        heartbeat(process),
        news(process, {"came": 1}),
        due(jobs, process),
    ):
        assert one.startswith(origin(process))
        assert one.startswith(origin(other)) == (other == process)


@given(EVENTS)
def test_whom_an_event_concerns(event: Event) -> None:
    named = {user for part in event.parts if isinstance(part.to, tuple) for user in part.to}
    named |= {signal.user for signal in event.signals}
    has_audience = any(isinstance(part.to, Audience) for part in event.parts)
    assert event.users == (None if has_audience else named)
