"""Who of those connected is told what, and what becomes of those who cannot be told now."""

from dataclasses import replace

import pytest

from domain.audiences import Audience, Member, Stay
from domain.closing import SIGNED_OUT
from domain.events import Part, Signal
from push.addressing import MOST_SLICED, SLICE
from push.connection import CLOSED, LIVE, READING, Reading
from tests.push.parts import BOUND, Desk, cursor, event, message, notice, told, user


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_only_those_named_are_told_on_all_their_devices(desk: Desk) -> None:
    (_, phone), (_, laptop), (_, other) = desk.live(user(1)), desk.live(user(1)), desk.live(user(2))
    desk.hub.deliver(message(1, 3, text=b"a"))
    assert (told(phone), told(laptop), told(other)) == ([b"a"], [b"a"], [])


@pytest.mark.parametrize("crowd", [3, 500])
def test_each_copy_carries_its_own_id(desk: Desk, crowd: int) -> None:
    """Few or many recipients: they are looked for on whichever side is shorter."""
    (_, first), (_, last), (_, other) = (
        desk.live(user(1)),
        desk.live(user(crowd)),
        desk.live(user(0)),
    )
    part = Part(tuple(range(1, crowd + 1)), b'{"item":{"id":', first_id=40)
    desk.hub.deliver(event(part))
    assert first.frames == [b'{"item":{"id":40}}']
    assert last.frames == [b'{"item":{"id":%d}}' % (39 + crowd)]
    assert other.frames == []


def test_an_audience_is_who_was_in_it_when_the_notice_was_sent(desk: Desk) -> None:
    member = user(1, 7, since=100)
    left = replace(user(2), member=Member(100, (Stay(7, 100, until=400),)))
    late = replace(user(3), member=Member(100, (Stay(7, 600),)))
    fresh = user(4, 7, since=600)
    papers = [desk.live(who)[1] for who in (member, left, late, fresh)]
    desk.hub.deliver(notice(7, text=b"group", as_of=500))
    desk.hub.deliver(notice(text=b"all", as_of=500))
    assert [told(paper) for paper in papers] == [[b"group", b"all"], [b"all"], [b"all"], []]


def test_a_reading_connection_is_not_told_and_then_catches_up_once(desk: Desk) -> None:
    reader, paper = desk.reading(user(1))
    for text in (b"a", b"b"):
        desk.hub.deliver(message(1, text=text))
    desk.hub.deliver(message(2, text=b"not his"))
    assert told(paper) == []
    assert desk.hub.catch_up(reader)
    desk.hub.deliver(message(1, text=b"c"))
    assert told(paper) == [b"a", b"b", b"c"]
    assert (reader.state, reader.reading) == (LIVE, None)


def test_who_lags_reads_from_the_event_that_he_missed(desk: Desk) -> None:
    slow, paper = desk.live(user(1))
    _, quick = desk.live(user(1))
    desk.hub.deliver(message(1, text=b"a"))
    paper.unsent_bytes = BOUND + 1
    for text in (b"b", b"c"):
        desk.hub.deliver(message(1, text=text))
    assert told(quick) == [b"a", b"b", b"c"]
    assert (slow.state, desk.behind) == (READING, [(slow, 2)])
    paper.unsent_bytes = BOUND
    assert desk.hub.catch_up(slow)
    desk.hub.deliver(message(1, text=b"d"))
    assert told(paper) == [b"a", b"b", b"c", b"d"]


def test_who_begins_to_lag_within_an_event_is_told_all_of_it_and_nothing_twice(
    desk: Desk,
) -> None:
    slow, paper = desk.live(user(1))
    paper.clogs = True
    parts = [Part((1,), b'{"t":"%d"}' % n) for n in range(3)]
    desk.hub.deliver(event(*parts))
    desk.hub.deliver(message(1, text=b"next"))
    assert (told(paper), slow.state) == ([b"0", b"1", b"2"], READING)
    paper.unsent_bytes, paper.clogs = 0, False
    assert desk.hub.catch_up(slow)
    assert told(paper) == [b"0", b"1", b"2", b"next"]


def test_catching_up_stops_between_events_while_too_much_waits(desk: Desk) -> None:
    reader, paper = desk.reading(user(1))
    for n in range(4):
        desk.hub.deliver(event(Part((1,), b'{"t":"%da"}' % n), Part((1,), b'{"t":"%db"}' % n)))
    paper.clogs = True
    steps = 0
    while not desk.hub.catch_up(reader):
        paper.unsent_bytes = 0
        steps += 1
    assert steps == 3
    assert told(paper) == [b"%d%s" % (n, half) for n in range(4) for half in (b"a", b"b")]


def test_what_he_was_told_before_he_came_is_passed_over(desk: Desk) -> None:
    for revision in (10, 20, 30):
        desk.hub.deliver(message(1, text=b"%d" % revision, revision=revision))
    back, paper = desk.reading(user(1))
    back.reading = Reading(cursor(20), desk.ring.start, not_before=20)
    assert desk.hub.catch_up(back)
    desk.hub.deliver(message(1, text=b"late", revision=5))
    assert told(paper) == [b"20", b"30", b"late"]


@pytest.mark.parametrize("credential", ["phone", None])
def test_a_revoked_credential_closes_exactly_its_connections(
    desk: Desk, credential: str | None
) -> None:
    (mine, paper), (other, spared) = desk.live(user(1), "phone"), desk.live(user(1), "desk")
    reading, also = desk.reading(user(1), "phone")
    _, stranger = desk.live(user(2), "phone")
    desk.hub.deliver(event(signals=(Signal("revoked", 1, credential),)))
    closed = (SIGNED_OUT, "signed out")
    assert paper.closed == also.closed == closed
    assert spared.closed == (None if credential else closed)
    assert stranger.closed is None
    desk.hub.deliver(message(1))
    assert paper.frames == also.frames == []
    assert (mine.state, reading.state) == (CLOSED, CLOSED)
    assert (other.state == LIVE) is bool(credential)


def test_after_a_change_in_bulk_all_his_devices_read_the_feed(desk: Desk) -> None:
    (first, _), (second, _), (other, _) = desk.live(user(1)), desk.live(user(1)), desk.live(user(2))
    desk.hub.deliver(event(signals=(Signal("reread", 1),)))
    assert desk.behind == [(first, 0), (second, 0)]
    assert other.state == LIVE
    assert list(desk.hub.moved) == [1]


def test_who_meets_a_change_in_bulk_while_catching_up_reads_the_feed(desk: Desk) -> None:
    reader, paper = desk.reading(user(1))
    desk.hub.deliver(message(1, text=b"a"))
    desk.hub.deliver(event(signals=(Signal("reread", 2),)))
    desk.hub.deliver(event(signals=(Signal("reread", 1),)))
    assert not desk.hub.catch_up(reader)
    assert told(paper) == [b"a"]
    assert reader.reading == Reading(cursor())


def test_news_of_a_user_reach_all_his_connections_and_all_read_again(desk: Desk) -> None:
    (live, paper), (reading, also) = desk.live(user(1)), desk.reading(user(1))
    assert reading.reading is not None
    reading.reading.begin_page(50)
    joined = user(1, 7, since=100)
    desk.hub.renew(joined, desk.hub.ask())
    assert live.identity.user == reading.identity.user == joined
    assert desk.behind == [(live, 0)]
    assert reading.reading == Reading(cursor())
    desk.hub.deliver(notice(7, text=b"group"))
    for connection in (live, reading):
        assert connection.reading is not None
        connection.reading.position = desk.ring.start
        assert desk.hub.catch_up(connection)
    assert told(paper) == told(also) == [b"group"]


def test_old_news_and_no_news_disturb_nobody(desk: Desk) -> None:
    live, _ = desk.live(user(1, 7))
    older, newer = desk.hub.ask(), desk.hub.ask()
    desk.hub.renew(user(1, 7), newer)
    desk.hub.renew(user(1), older)
    assert (live.state, live.identity.user) == (LIVE, user(1, 7))


def test_a_second_connection_is_as_well_informed_as_the_first(desk: Desk) -> None:
    first, _ = desk.live(user(1))
    desk.hub.renew(user(1, 7), desk.hub.ask())
    second, _ = desk.reading(user(1))
    assert second.identity.user == user(1, 7)
    assert second.identity.credential == "token"


def test_counters_move_once_per_user_however_many_devices(desk: Desk) -> None:
    connections = [desk.live(user(1))[0], desk.reading(user(1))[0]]
    counters = desk.hub.counters(1)
    assert counters is not None
    counters.set({"messages": 2, "notices": 0}, 100, 100)
    everyone = Part(Audience(), b"{}", unread=("notices", 1), as_of=5)
    desk.hub.deliver(event(Part((1, 2), b"{}", unread=("messages", 1)), everyone, revision=200))
    assert counters.counts == {"messages": 3, "notices": 1}
    assert (counters.at, counters.moves, desk.hub.moved) == (200, 2, {1: True})
    for connection in connections:
        desk.hub.remove(connection)
    assert (desk.hub.counters(1), list(desk.hub.moved)) == (None, [])


def test_what_a_notice_added_need_not_be_counted_unless_a_count_may_have_it(desk: Desk) -> None:
    desk.live(user(1))
    counters = desk.hub.counters(1)
    assert counters is not None
    counters.set({"messages": 2, "notices": 0}, 100, 100)
    everyone = Part(Audience(), b"{}", unread=("notices", 1), as_of=5)
    desk.hub.deliver(event(everyone, revision=2_000_000))
    assert (counters.counts, desk.hub.moved) == ({"messages": 2, "notices": 1}, {1: False})
    desk.hub.deliver(event(everyone, revision=100))
    desk.hub.deliver(event(everyone, revision=3_000_000))
    assert desk.hub.moved == {1: True}
    assert counters.counts == {"messages": 2, "notices": 2}


def test_a_notice_that_goes_is_counted_for_it_is_not_known_who_had_read_it(desk: Desk) -> None:
    desk.live(user(1))
    counters = desk.hub.counters(1)
    assert counters is not None
    counters.set({"messages": 2, "notices": 1}, 100, 100)
    gone = Part(Audience(), b"{}", unread=("notices", 0), as_of=5)
    desk.hub.deliver(event(gone, revision=2_000_000))
    assert desk.hub.moved == {1: True}


def test_a_part_in_variants_is_told_in_each_ones_language_and_not_to_those_left_out(
    desk: Desk,
) -> None:
    variants = {"de": b'{"t":"de"}', "de-at": b'{"t":"at"}'}
    part = Part(Audience(), b'{"t":"en"}', variants=variants, without=frozenset({4}), as_of=5)
    languages = {1: "de-AT", 2: "de-CH", 3: "fr", 4: "de", 5: None}
    papers = {}
    for number, language in languages.items():
        papers[number] = desk.live(replace(user(number), language=language))[1]
    desk.hub.deliver(event(part))
    heard = {number: paper.frames for number, paper in papers.items()}
    assert heard == {
        1: [variants["de-at"]],
        2: [variants["de"]],
        3: [part.frame],
        4: [],
        5: [part.frame],
    }


def test_who_is_gone_is_told_nothing_and_leaves_nothing(desk: Desk) -> None:
    gone, paper = desk.live(user(1))
    desk.hub.remove(gone)
    desk.hub.remove(gone)
    desk.hub.deliver(message(1))
    desk.hub.deliver(notice())
    desk.hub.renew(user(1, 7), desk.hub.ask())
    assert (paper.frames, gone.state, len(desk.hub), list(desk.hub)) == ([], CLOSED, 0, [])
    assert desk.hub._present == {}


def test_on_the_way_through_a_crowd_there_are_pauses_to_send_in(desk: Desk) -> None:
    """At each of them those gone through know all, and of an event of several parts nobody does."""
    papers = [desk.live(user(n))[1] for n in range(1, 2 * SLICE + 2)]
    seen: list[int] = []
    pause = lambda: seen.append(sum(map(bool, map(told, papers))))  # noqa: E731
    desk.hub.deliver(notice(text=b"a"), pause)
    assert seen == [SLICE, 2 * SLICE]
    assert [told(paper) for paper in papers] == [[b"a"]] * len(papers)
    desk.hub.deliver(event(Part((1,), b"b"), Part((2,), b"c")), pause)
    assert len(seen) == 2


def test_a_crowd_beyond_a_turn_s_share_is_told_in_one(desk: Desk) -> None:
    papers = [desk.live(user(n))[1] for n in range(1, MOST_SLICED + 2 * SLICE)]
    pauses: list[None] = []
    desk.hub.deliver(notice(text=b"a"), lambda: pauses.append(None))
    assert len(pauses) == MOST_SLICED // SLICE
    assert all(told(paper) == [b"a"] for paper in papers)


def test_whose_counters_moved_may_be_taken_at_each_pause(desk: Desk) -> None:
    """As `Unread` does: what is taken is not lost, nor there once more at the next one."""
    for n in range(1, 2 * SLICE + 2):
        desk.live(user(n))
    taken: list[int] = []

    def take() -> None:
        moved, desk.hub.moved = desk.hub.moved, {}
        taken.extend(moved)

    desk.hub.deliver(event(Part(Audience(), b"{}", unread=("notices", 1), as_of=5)), take)
    take()
    assert taken == list(range(1, 2 * SLICE + 2))
