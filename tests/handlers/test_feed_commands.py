"""What a page of the feed costs the database: few commands, however large the mailbox is."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import monitoring

from tests.conftest import StoreUris, settings_for
from tests.journeys.catching_up import fill
from tests.sites import Site, within

MANY, PAGE = 1_200, 100
# Copies and sent messages, each those that share the last revision and those after it; notices,
# receipts, and the receipts of those notices; who may see them; the names of people. A page that
# ends beyond its first window asks for copies, messages and notices twice.
MOST = 16


class Counted(monitoring.CommandListener):
    """Counts what is read of a mailbox."""

    def __init__(self) -> None:
        self.reads: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        rows = str(event.command.get("find", ""))
        if rows.startswith("inbox_") or rows == "accounts_users":
            self.reads.append(rows)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, counted: Counted
) -> Iterator[Site]:
    with within(
        io_loop, Site(settings_for(database_name), store_uris, listeners=[counted])
    ) as made:
        yield made


@pytest.mark.gen_test(timeout=40)
async def test_a_page_takes_few_commands(site: Site, counted: Counted) -> None:
    bob = await site.person("bob")
    cursor, _ = await fill(site.carillon.database, bob, MANY, ties=300)
    costs, more, told = [], True, 0
    while more:
        counted.reads.clear()
        path = f"/live/changes?since={cursor}&limit={PAGE}"
        answer = (await site.request("GET", path, bob)).json
        costs.append(len(counted.reads))
        told += len(answer["changes"])
        cursor, more = answer["cursor"], answer["more"]
    assert told == MANY
    in_the_midst = sorted(costs[1:-1])
    assert in_the_midst[len(in_the_midst) // 2] <= MOST, costs
    counted.reads.clear()
    await site.request("GET", f"/live/changes?since={cursor}", bob)
    assert len(counted.reads) <= 2 * MOST, "with nothing new"
