"""The cap on e-mails per minute, shared by processes."""

import asyncio

import pytest

from domain.clock import Clock
from models.database import Database
from models.mail_rates import MailRates
from services.mail_cap import Cap
from tests.conftest import HandClock, StoreUris
from tests.sites import until


@pytest.mark.gen_test
async def test_two_processes_share_a_stretch_and_wait_for_the_next(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    database = Database(store_uris.mongodb, database_name)
    clock = Clock(hand_clock)
    caps = [Cap(MailRates(database).take, clock, 40) for _ in range(2)]
    gone = 0

    async def send(cap: Cap) -> None:
        nonlocal gone
        while True:
            await cap.wait()
            gone += 1

    tasks = [asyncio.create_task(send(cap)) for cap in caps]
    for _ in range(3):
        before = gone
        # Where two make a stretch's row at once, the leave for two e-mails may be lost.
        await until(lambda before=before: gone - before >= 36)
        with pytest.raises(TimeoutError):
            await until(lambda before=before: gone - before > 40, 0.2)
        hand_clock.move(60)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.drop()
    database.close()
