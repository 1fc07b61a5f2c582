"""Proofs 2, 3, 4 and 7 under load: processes and stores die, nothing is lost and nothing twice."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.seeds import SEED
from tests.chaos.storms import Storm
from tests.chaos.strikes import ALL, DATABASE, LEAVE, PROCESS, REDIS, WorldTrouble
from tests.chaos.worlds import World

PEOPLE = [f"person{n}" for n in range(1, 16)]
SENDS = 250
STRIKES = (PROCESS, REDIS, DATABASE, ALL, LEAVE, LEAVE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.stop()


@pytest.mark.timeout(240)
@pytest.mark.gen_test(timeout=240)
async def test_a_storm_in_which_everything_dies(world: World) -> None:
    """A process, Redis with its memory, the database, all three at once; two that are replaced."""
    print("seed", SEED)
    await world.start(PEOPLE, servers=2)
    outcome = await Storm(world, SEED, partial(WorldTrouble, world)).run(SENDS, STRIKES)
    print(outcome.line())
    assert outcome.violations == []
    assert outcome.accepted > SENDS * 9 // 10
    assert outcome.strikes == len(STRIKES)
