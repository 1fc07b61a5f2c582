"""The Python client plays every case of the protocol."""

import pytest

from tests.clients.cases import Case, load
from tests.clients.player import Player
from tests.clients.python_driver import PythonDriver
from tests.clients.stage import Stage

CASES = [case for case in load() if PythonDriver.offers.issuperset(case.needs)]


@pytest.mark.gen_test
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_python_client(case: Case) -> None:
    async with Stage() as stage:
        await Player(case, stage, PythonDriver(stage.base)).play()
