"""Two processes share publications while both are killed: each e-mail is sent, none is made twice.

What a relay had accepted when its sender died before it was written down is sent again, under the
same Message-ID: SMTP has no way to ask. Of those there are as many as were under way, at most.
"""

import asyncio
import random
from collections import Counter

import pytest

from push.mailer import MOST_CONNECTIONS
from tests.conftest import StoreUris
from tests.jobs.schedulers import Schedulers
from tests.jobs.test_kills import _WALL
from tests.relays import Relay
from tests.seeds import SEED
from tests.services.alert_crowds import Crowd
from tests.services.houses import House

PUBLICATIONS, PEOPLE, KILLS = 2, 40, 2
LIMIT_S = 90.0
KILLED_AFTER_S = (0.02, 0.4)


@pytest.mark.timeout(LIMIT_S + 60)
@pytest.mark.gen_test(timeout=LIMIT_S + 60)
async def test_every_mail_is_sent_whoever_is_killed(
    store_uris: StoreUris, database_name: str
) -> None:
    print(f"TEST_SEED={SEED}")
    chance = random.Random(SEED)
    async with (
        Relay() as relay,
        House(database_name, store_uris, _WALL, CARILLON_MAIL_SMTP_URL=relay.url) as house,
    ):
        crowd = Crowd(house.carillon)
        number = await crowd.listed()
        await crowd.subscribe(number, PEOPLE)
        schedulers = Schedulers(store_uris, house.carillon.settings, chance)
        try:
            await asyncio.gather(schedulers.start(), schedulers.start())
            for _ in range(PUBLICATIONS):
                content, _ = await crowd.publish()
                assert await crowd.alerts.contents.queue("content_change", content)
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(*KILLED_AFTER_S))
                await schedulers.kill_first()
            async with asyncio.timeout(LIMIT_S):
                while not await _is_over(crowd):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        finally:
            schedulers.stop()
        mails = await crowd.rows("emails")
        got = Counter(message["Message-ID"].strip("<>").split("@")[0] for _, message in relay.got)
    wanted = Counter(one["subscriber"] for one in mails)
    assert set(wanted.values()) == {PUBLICATIONS}
    assert len(wanted) == PEOPLE
    assert set(got) == {one["_id"] for one in mails}
    again = got.total() - len(got)
    assert again <= KILLS * MOST_CONNECTIONS
    print(f"{got.total()} sent, {again} of them again, {schedulers.kills} kills")


async def _is_over(crowd: Crowd) -> bool:
    contents = await crowd.rows("content_changes")
    mails = await crowd.rows("emails")
    is_made = all(one["processed_at"] is not None for one in contents)
    return is_made and all(one["status"] == "sent" for one in mails)
