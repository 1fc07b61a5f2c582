"""Who is forgotten here is forgotten by the service of accounts before (contract, 3.10, 3.12)."""

import pytest

from domain.clock import DAY
from tests.conftest import HandClock, StoreUris
from tests.receivers import Receiver, Reply
from tests.services.alert_crowds import Crowd
from tests.services.houses import House


@pytest.mark.expects_log("is not forgotten yet")
@pytest.mark.gen_test(timeout=60)
async def test_an_account_is_deleted_first_and_need_not_be_known(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with Receiver() as receiver:
        asking = {
            "CARILLON_ALERTS_ACCOUNT_API_URL": receiver.url(""),
            "CARILLON_ALERTS_ACCOUNT_API_TOKEN": "of-the-service",
        }
        async with House(database_name, store_uris, hand_clock, **asking) as house:
            crowd = Crowd(house.carillon)
            people, tidying = crowd.alerts.stores.people, crowd.alerts.posting.tidying
            ids = await crowd.subscribe(await crowd.listed(), 4)
            accounts = ["a/b", "unknown", "broken"]
            for one, account in zip(ids, accounts, strict=False):  # the last one has none
                await people.subscribers.link(one, account, 1)
            for one in ids:
                await people.subscriptions.end_all_of(one, "unsubscribed", hand_clock.at)
            later = hand_clock.at + 29 * DAY
            receiver.answers = [Reply(204), Reply(404), Reply(500)]
            assert (await tidying.hourly(later))["nullified"] == 3
            assert [(one.method, one.path) for one in receiver.got] == [
                ("DELETE", f"/api/oidc-users/{name}") for name in ("a%2Fb", "unknown", "broken")
            ]
            assert receiver.got[0].headers["Authorization"] == "Bearer of-the-service"
            kept = {one["_id"]: one["govuk_account_id"] for one in await crowd.rows("subscribers")}
            assert [kept[one] for one in ids] == [None, None, "broken", None]
            assert (await tidying.hourly(later))["nullified"] == 1, "it is tried again"
            assert all(one["address"] is None for one in await crowd.rows("subscribers"))
            assert await tidying.hourly(later) == {"emails": 0, "nullified": 0}
            assert len(receiver.got) == 4
