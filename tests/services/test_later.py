"""Jobs that were added here are heard of elsewhere, when they are due soon."""

import pytest

from domain.clock import SECOND, Clock
from domain.jobs import Due, NewJob
from models.database import Database
from models.jobs import Jobs
from push.broker import MemoryBroker
from push.envelopes import Opened
from services.later import MOST_SPREAD, SOON_US, Later
from tests.conftest import HandClock, StoreUris, settings_for
from tests.sites import Site, until

KIND = "test.foreign"  # which nobody runs


@pytest.mark.gen_test(timeout=40)
async def test_another_process_hears_of_it_over_redis(
    store_uris: StoreUris, database_name: str
) -> None:
    settings = settings_for(database_name)
    async with Site(settings, store_uris) as one, Site(settings, store_uris) as other:
        heard: list[Due] = []
        other.app.later.on_due(heard.extend)
        now = one.app.clock.wall()
        jobs = one.carillon._stores.jobs
        await jobs.add("soon", KIND, now + SECOND, {"notice_id": 1})
        await jobs.add("much later", KIND, now + 3600 * SECOND, {"notice_id": 1})
        await until(lambda: heard == [Due(now + SECOND, KIND, "soon")])
        await jobs.move("much later", now + 2 * SECOND)
        await until(lambda: heard[1:] == [Due(now + 2 * SECOND, KIND, "much later")])
    database = Database(store_uris.mongodb, database_name)
    await database.drop()
    database.close()


@pytest.mark.gen_test
async def test_what_is_told_is_bounded_and_what_is_far_is_told_here_alone(
    mongodb_uri: str, database_name: str, hand_clock: HandClock
) -> None:
    database, bus = Database(mongodb_uri, database_name), list[MemoryBroker]()
    jobs, broker, other = Jobs(database), MemoryBroker(bus), MemoryBroker(bus)
    here: list[Due] = []
    there: list[Due] = []
    await broker.start(lambda envelope: None, lambda: None)
    await other.start(lambda envelope: there.extend(Opened(envelope).due), lambda: None)
    Later(jobs, broker, Clock(hand_clock), process="p").on_due(here.extend)
    now = hand_clock()
    soon = [NewJob(f"s{n}", KIND, now + n) for n in range(MOST_SPREAD + 5)]
    far = [NewJob("far", KIND, now + SOON_US)]
    await jobs.add_all([*soon, *far])
    await until(lambda: len(there) == MOST_SPREAD)
    assert len(here) == len(soon) + 1
    assert "far" not in {one.key for one in there}
    await database.drop()
    database.close()
