"""Workers ask each other; one that is silent, dead or too talkative is left out in time."""

import asyncio
import socket
from pathlib import Path

import pytest

from push.neighbours import LIMIT_S, MOST_BYTES, Neighbours


@pytest.mark.gen_test
async def test_those_who_answer_are_heard_and_the_others_left_out(tmp_path: Path) -> None:
    one, two, three, four = (Neighbours(tmp_path, number) for number in (1, 2, 3, 4))
    (tmp_path / "2").touch()  # of a worker that was killed
    await two.begin(lambda: b"two" * 100_000)
    await three.begin(lambda: b"x" * (MOST_BYTES + 1))
    await four.begin(lambda: b"four")
    await four.end()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "5"))
        silent.listen()
        async with asyncio.timeout(5 * LIMIT_S):
            assert await one.ask() == {2: b"two" * 100_000}
    for each in (one, two, three, four):
        await each.end()


@pytest.mark.gen_test
async def test_who_is_alone_asks_nobody() -> None:
    alone = Neighbours()
    await alone.begin(lambda: b"")
    assert await alone.ask() == {}
    await alone.end()
