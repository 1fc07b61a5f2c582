"""A mailbox of many changes is caught up page by page on each of the four ways (hole H3 a, b).

``FEED_LARGE=100000`` is the long form (`make feed-large`): it prints pages, time and memory.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from tests.conftest import StoreUris
from tests.journeys import catching_up
from tests.journeys.processes import Cluster

MANY = int(os.environ.get("FEED_LARGE", "1500"))
TIES = min(5_000, MANY // 2)
MOST_MEMORY = 48 * 1024 * 1024
LIMIT_S = 60 if MANY <= 1_500 else 1_800


@pytest.fixture
def cluster(
    io_loop: Any, tmp_path: Path, store_uris: StoreUris, database_name: str
) -> Iterator[Cluster]:
    made = Cluster(tmp_path, store_uris.mongodb, store_uris.redis, database_name)
    made.import_people("bob")
    try:
        io_loop.run_sync(lambda: made.start(1), timeout=60)
        yield made
    finally:
        made.stop()


@pytest.mark.timeout(LIMIT_S + 60)
@pytest.mark.gen_test(timeout=LIMIT_S)
async def test_each_way_brings_every_change_once_in_order_with_flat_memory(
    cluster: Cluster, store_uris: StoreUris, database_name: str
) -> None:
    (server,), bob = cluster.servers, cluster.people["bob"]
    database = Database(store_uris.mongodb, database_name)
    cursor, _ = await catching_up.fill(database, bob, MANY, ties=TIES)
    database.close()
    wanted = list(range(catching_up.FIRST_ID, catching_up.FIRST_ID + MANY))
    print()  # noqa: T201 - the long form's report
    for way in catching_up.WAYS:
        reading = await catching_up.read(way, server, bob, cursor, MANY)
        print(reading)  # noqa: T201
        assert reading.told == sorted(reading.told)
        assert [item for _, item in reading.told] == wanted, reading.way
        assert reading.pages >= MANY / 500
        assert reading.peak_bytes < MOST_MEMORY, reading
