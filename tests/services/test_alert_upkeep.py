"""What was left behind is begun anew, what is old is removed (alerts contract, 3.11 and 3.12)."""

from typing import Any

import pytest

from domain.clock import DAY, HOUR, SECOND
from domain.instants import parse_iso
from domain.mails import NewMail
from tests.conftest import HandClock, StoreUris
from tests.services.alert_crowds import Crowd
from tests.services.houses import House

HOUR_S = HOUR // SECOND


def us(text: str) -> int:
    at = parse_iso(text)
    assert at is not None
    return at


async def keys(house: House, kind: str) -> set[str]:
    return {job.key for job in await house.app.later.listed(kind=kind, state="waiting")}


@pytest.mark.gen_test(timeout=60)
async def test_what_was_left_behind_is_begun_anew_in_time(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    hand_clock.at = us("2026-11-28T08:59:59Z")  # a Saturday
    async with House(database_name, store_uris, hand_clock) as house:
        crowd, recovery = Crowd(house.carillon), house.app.alerts.recovery
        # Six days and the last Saturday are missing; today's only after nine.
        first = await recovery.recover(has_digests=True)
        assert first == {"contents": 0, "digests": 7, "emails": 0}
        hand_clock.move(1)
        assert (await recovery.recover(has_digests=True))["digests"] == 2
        runs = {f"alerts.digest:daily:2026-11-{day}" for day in range(22, 29)}
        weekly = {f"alerts.digest:weekly:2026-11-{day}" for day in (21, 28)}
        assert await keys(house, "alerts.digest") == runs | weekly

        content, _ = await crowd.publish()
        await house.app.mail.mail.emails.add_all([NewMail("k", "a@b.org", "S", "T")], hand_clock())
        hand_clock.move(HOUR_S - 1)
        counts = await recovery.recover(has_digests=False)
        # Runs that nobody went on with for an hour are carried out.
        assert counts == {"contents": 0, "digests": 7, "emails": 0}
        hand_clock.move(1)
        assert await recovery.recover(has_digests=False) == {
            "contents": 1,
            "digests": 2,
            "emails": 0,
        }
        assert await keys(house, "alerts.process") == {f"alerts.process:{content}"}
        assert all(one["completed_at"] for one in await crowd.rows("digest_runs"))
        hand_clock.move(2 * HOUR_S)
        assert (await recovery.recover(has_digests=False))["emails"] == 1
        assert len(await keys(house, "mail.transactional")) == 1


@pytest.mark.gen_test(timeout=60)
async def test_each_comes_by_the_calendar_once(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    hand_clock.at = us("2026-03-28T08:29:00Z")  # the Saturday before clocks change
    async with House(database_name, store_uris, hand_clock) as house:

        async def due() -> dict[str, int]:
            for _ in range(2):
                await house.app.alerts.arm()
            rows = await house.app.later.listed()
            return {row.key: row.due_at for row in rows if row.kind.startswith("alerts.")}

        first = await due()
        assert first == {
            "alerts.digest_due:daily:2026-03-28": us("2026-03-28T08:30:00Z"),
            "alerts.digest_due:weekly:2026-03-28": us("2026-03-28T08:30:00Z"),
            f"alerts.recover:{us('2026-03-28T08:30:00Z')}": us("2026-03-28T08:30:00Z"),
            f"alerts.tidy:{us('2026-03-28T09:00:00Z')}": us("2026-03-28T09:00:00Z"),
        }
        hand_clock.at = us("2026-03-28T08:30:00Z")
        assert (await due())["alerts.digest_due:daily:2026-03-29"] == us("2026-03-29T07:30:00Z")


@pytest.mark.gen_test(timeout=60)
async def test_what_is_old_is_removed_and_who_left_is_forgotten(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd, tidying = Crowd(house.carillon), house.app.alerts.posting.tidying
        people = crowd.alerts.stores.people
        number = await crowd.listed()
        empty = await crowd.listed("Empty", document_type="x")
        deserted = await crowd.listed("Deserted", document_type="y")
        stays, leaves, left = await crowd.subscribe(number, 3)
        (alone,) = await crowd.subscribe(deserted, 1)
        await people.subscribers.link(leaves, "account", 1)
        forgotten: list[str] = []

        async def forget(account: str) -> None:
            forgotten.append(account)

        vars(tidying)["_forget_account"] = forget
        content, document = await crowd.publish()
        await crowd.alerts.stores.contents.add_matches("content_change", document, [number])
        await crowd.alerts.posting.generation.generate("content_change", document, [number])
        for one in (leaves, left, alone):
            await people.subscriptions.end_all_of(one, "unsubscribed", hand_clock.at)

        async def tidy(days: float) -> dict[str, Any]:
            """What a run so many days later removed."""
            counts = await tidying.tidy(start + int(days * DAY))
            return {name: count for name, count in counts.items() if count}

        start = hand_clock.at
        assert await tidy(7) == {}
        assert await tidy(7.001) == {"emails": 3, "lists": 1}
        remaining = [one["_id"] for one in await crowd.rows("lists")]
        assert empty not in remaining
        assert set(remaining) == {number, deserted}, "one that was left stays as long as who left"
        assert await crowd.rows("emails") == await crowd.rows("subscription_contents") == []

        assert await tidy(27.9) == {}
        assert await tidy(29) == {"nullified": 3}
        assert forgotten == ["account"]
        rows = {one["_id"]: one for one in await crowd.rows("subscribers")}
        assert rows[stays]["address"] is not None
        assert rows[leaves]["address"] is rows[leaves]["govuk_account_id"] is None
        assert await tidy(364) == {}
        removed = {"contents": 1, "subscriptions": 3, "lists": 1, "subscribers": 3}
        assert await tidy(366) == removed
        assert await crowd.rows("matches") == []
        assert [one["_id"] for one in await crowd.rows("subscribers")] == [stays]
        assert [one["_id"] for one in await crowd.rows("lists")] == [number]
