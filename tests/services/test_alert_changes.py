"""Subscriptions that begin and end together, by a process that dies, or late (contract, 3.8)."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.clock import SECOND
from domain.errors import NotFound
from services.alert_subscribing import Asked
from services.turns import LEASE_US
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House
from tests.services.pairs import Killed, kill_at

ADDRESS, DAILY = "test@example.com", "daily"


@pytest.fixture
def two(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[tuple[House, House]]:
    """Two processes over one database."""
    houses = [House(database_name, store_uris, hand_clock) for _ in range(2)]
    for house in houses:
        io_loop.run_sync(house.__aenter__)
    yield houses[0], houses[1]
    for house in houses:
        io_loop.run_sync(lambda house=house: house.__aexit__(None, None, None))


class Town:
    """Two processes, and what they have stored."""

    def __init__(self, two: tuple[House, House], clock: HandClock):
        self.first, self.second = two
        self.clock = clock
        self.people = self.second.app.alerts.stores.people

    async def listed(self, title: str = "News") -> int:
        params = {"title": title, "tags": {"topics": [title]}}
        made = await self.second.app.alerts.lists.find_or_create(params, None)
        return int(made["_id"])

    async def subscribe(
        self, house: House, alert_list: int, frequency: str, address: str = ADDRESS
    ) -> Any:
        self.clock.move(0.01)
        asked = Asked(address, alert_list, frequency)
        return await house.app.alerts.people.subscribing.subscribe(asked)

    async def finish(self) -> None:
        """Let the other process find what was left."""
        self.clock.move(LEASE_US / SECOND + 1)
        await self.second.changes.look()

    async def frequencies(self, address: str = ADDRESS) -> list[str]:
        whose = await self.people.subscribers.by_address(address)
        if whose is None:
            return []
        found = await self.people.subscriptions.active_of(whose["_id"])
        return sorted(one["frequency"] for one in found)

    async def mails(self) -> int:
        return len(await self.second.carillon.database.collection("alerts_emails").find({}))


@pytest.mark.gen_test
@pytest.mark.parametrize("at", ["end", "add"])
async def test_a_change_that_was_left_is_finished_once(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    town = Town(two, hand_clock)
    made = await town.listed()
    await town.subscribe(town.first, made, DAILY)
    kill_at(monkeypatch, town.first.app.alerts.stores.people.subscriptions, at)
    with pytest.raises(Killed):
        await town.subscribe(town.first, made, "weekly")
    await town.finish()
    await town.finish()
    assert await town.frequencies() == ["weekly"]
    assert await town.mails() == 2


@pytest.mark.gen_test
async def test_what_begins_late_does_not_undo_an_end(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He unsubscribed before anybody found what a dead process had left."""
    town = Town(two, hand_clock)
    made = await town.listed()
    old = await town.subscribe(town.first, made, DAILY)
    newcomer = "new@example.com"
    for killed, frequency, address in [
        ("end", "weekly", ADDRESS),
        ("add", DAILY, newcomer),
    ]:
        kill_at(monkeypatch, town.first.app.alerts.stores.people.subscriptions, killed)
        with pytest.raises(Killed):
            await town.subscribe(town.first, made, frequency, address)
    subscribing = town.second.app.alerts.people.subscribing
    await subscribing.unsubscribe(old["_id"])
    again = await town.subscribe(town.second, made, "weekly", newcomer)
    await subscribing.unsubscribe(again["_id"])
    await town.finish()
    assert await town.frequencies() == await town.frequencies(newcomer) == []
    assert await town.mails() == 2


@pytest.mark.gen_test
async def test_a_merge_that_was_left_is_finished_by_another(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(two, hand_clock)
    lists = [await town.listed(one) for one in ("a", "b")]
    for made, frequency, address in [
        (lists[0], "weekly", ADDRESS),
        (lists[0], DAILY, "old@example.com"),
        (lists[1], "weekly", "old@example.com"),
    ]:
        await town.subscribe(town.second, made, frequency, address)
    first = town.first.app.alerts
    kill_at(monkeypatch, first.stores.people.subscribers, "move_address")
    with pytest.raises(Killed):
        await first.people.subscribers.change_address(
            1, "old@example.com", merges=True, by=None, user=None
        )
    await town.finish()
    assert await town.frequencies("old@example.com") == ["daily", "weekly"]
    whose = await town.people.subscribers.by_address("old@example.com")
    assert whose is not None
    assert whose["_id"] == 1
    assert await town.frequencies() == []
    with pytest.raises(NotFound):
        await town.second.app.alerts.people.subscribers.by_address(ADDRESS)
