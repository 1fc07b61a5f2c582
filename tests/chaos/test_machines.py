"""Clients of several machines go through a rolling restart and a failover of Redis.

``MACHINES_CLIENTS=200`` is the long form (`make failover`).
"""

import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.callers import Caller
from tests.chaos.machines import FAILOVER, SERVERS, Machines, MachineTrouble
from tests.chaos.seeds import SEED
from tests.chaos.storms import HEAD, Storm
from tests.chaos.strikes import LEAVE
from tests.chaos.worlds import ADMIN
from tests.sites import until

CLIENTS = int(os.environ.get("MACHINES_CLIENTS", "40"))
SENDS = 4 * CLIENTS
PAUSE_S = 1.5
STRIKES = (*[LEAVE] * SERVERS, FAILOVER)
LIMIT_S = 240 if CLIENTS <= 40 else 900


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    yield made
    made.stop()


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.gen_test(timeout=LIMIT_S)
async def test_nothing_is_lost_and_nobody_refused(machines: Machines) -> None:
    """Also no request was answered with an error in between: nobody had to ask twice."""
    print("seed", SEED)
    await machines.open([f"person{n}" for n in range(1, CLIENTS // 2)])
    storm = Storm(machines, SEED, partial(MachineTrouble, machines), pause_s=PAUSE_S)
    outcome = await storm.run(SENDS, STRIKES)
    print(f"{HEAD}\n{outcome.line()}\nanswered during strikes: {outcome.answered}")
    assert outcome.violations == []
    assert outcome.accepted > SENDS * 9 // 10
    assert outcome.strikes == len(STRIKES)
    assert all(outcome.answered)
    assert storm.ledger.before == {}, machines.proxy.errors()
    await _says_itself_what_it_cannot_do(machines)


async def _says_itself_what_it_cannot_do(machines: Machines) -> None:
    """With no database nobody is ready: the answer is the server's all the same, not HAProxy's."""
    caller = Caller(machines.doors, random.Random(SEED))
    machines.mongodb.kill()
    await until(lambda: machines.proxy.up() == 0, LIMIT_S)
    reply = await caller.ask(machines.proxy, "GET", "/messages/", machines.people[ADMIN])
    caller.close()
    assert (reply.status, set(reply.json)) == (503, {"detail"})
    assert int(reply.headers["retry-after"]) > 0
