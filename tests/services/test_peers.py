"""Processes that live and are not heard of."""

import pytest

from services.peers import EXPECTED_AFTER_S, SILENT_AFTER_S, Peers

LONG_S = max(EXPECTED_AFTER_S, SILENT_AFTER_S)


class Moment:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def peers(moment: Moment) -> Peers:
    return Peers(moment)


def test_alone_nobody_is_missed(peers: Peers, moment: Moment) -> None:
    peers.see([])
    moment.at_s += 60
    assert peers.silent() == set()


def test_a_fresh_one_is_given_time(peers: Peers, moment: Moment) -> None:
    peers.see(["a"])
    moment.at_s += LONG_S - 0.1
    assert peers.silent() == set()


@pytest.mark.expects_log("process a lives, and is not heard of over Redis")
def test_one_that_is_not_heard_of_is_silent_until_it_is_heard_or_gone(
    peers: Peers, moment: Moment
) -> None:
    peers.see(["a", "b"])
    for _ in range(10):
        moment.at_s += 0.5
        peers.hear("b")
        peers.see(["a", "b"])
    assert peers.silent() == {"a"}
    peers.hear("a")
    assert peers.silent() == set()
    moment.at_s += LONG_S + 0.1
    peers.hear("b")
    assert peers.silent() == {"a"}
    peers.see(["b"])
    assert peers.silent() == set()


@pytest.mark.expects_log("is not heard of")
def test_it_is_logged_once(peers: Peers, moment: Moment, caplog: pytest.LogCaptureFixture) -> None:
    peers.see(["a"])
    moment.at_s += LONG_S + 0.1
    for _ in range(3):
        peers.see(["a"])
    assert len(caplog.records) == 1


def test_who_hears_nobody_misses_nobody(peers: Peers, moment: Moment) -> None:
    peers.see(["a"])
    moment.at_s += LONG_S + 0.1
    peers.excuse()
    assert peers.silent() == set()
    moment.at_s += LONG_S + 0.1
    assert peers.silent() == {"a"}
