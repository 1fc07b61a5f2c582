"""However a client lags and catches up: of all that was sent, each once and in order."""

import random

import pytest

from push.connection import LIVE
from tests.push.parts import BOUND, Desk, event, message, notice, told, user


@pytest.mark.parametrize("seed", range(30))
def test_nothing_is_skipped_and_nothing_told_twice(seed: int) -> None:
    dice, desk = random.Random(seed), Desk()
    member = user(1, 7)
    connections = [desk.live(member), desk.reading(member), desk.live(user(2))]
    sent: dict[int, list[bytes]] = {1: [], 2: []}
    for n in range(300):
        if dice.randrange(5):
            _deliver(desk, dice, b"%d" % n, sent)
        else:
            connection, paper = dice.choice(connections)
            paper.unsent_bytes = dice.choice([0, 0, BOUND + 1])
            if connection.state != LIVE:
                desk.hub.catch_up(connection)
    for connection, paper in connections:
        paper.unsent_bytes = 0
        assert connection.state == LIVE or desk.hub.catch_up(connection)
        assert told(paper) == sent[connection.user], f"seed {seed}"


def _deliver(desk: Desk, dice: random.Random, text: bytes, sent: dict[int, list[bytes]]) -> None:
    """Something for the first, or for both, in one of the hub's ways."""
    texts = [text, text + b"'"]
    match dice.randrange(4):
        case 0:
            desk.hub.deliver(message(1, 2, text=text))
            sent[1].append(text)
            sent[2].append(text)
        case 1:
            desk.hub.deliver(notice(7, text=text))
            sent[1].append(text)
        case 2:
            desk.hub.deliver(event(*(part for one in texts for part in message(1, text=one).parts)))
            sent[1] += texts
        case 3:
            desk.hub.deliver_run([notice(text=one) for one in texts], lambda: None)
            sent[1] += texts
            sent[2] += texts
