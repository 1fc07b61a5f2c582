"""What a page of the feed costs the database: few commands, however large the mailbox is."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.commands_sent import Commands
from tests.conftest import StoreUris, settings_for
from tests.journeys.catching_up import fill
from tests.sites import Site, until, within

MANY, PAGE = 1_200, 100
# Copies and sent messages, each those that share the last revision and those after it; notices,
# receipts, and the receipts of those notices; who may see them; the names of people. A page that
# ends beyond its first window asks for copies, messages and notices twice.
MOST = 16


@pytest.fixture
def commands() -> Commands:
    return Commands()


def reads(commands: Commands) -> int:
    """How often the mailbox was read."""
    of = [one.of for one in commands.sent if one.name == "find"]
    return sum(one.startswith("inbox_") or one == "accounts_users" for one in of)


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, commands: Commands
) -> Iterator[Site]:
    with within(
        io_loop, Site(settings_for(database_name), store_uris, listeners=[commands])
    ) as made:
        yield made


@pytest.mark.gen_test(timeout=40)
async def test_a_page_takes_few_commands(site: Site, commands: Commands) -> None:
    bob = await site.person("bob")
    cursor, _ = await fill(site.carillon.database, bob, MANY, ties=300)
    costs, more, told = [], True, 0
    while more:
        commands.sent.clear()
        path = f"/live/changes?since={cursor}&limit={PAGE}"
        answer = (await site.request("GET", path, bob)).json
        costs.append(reads(commands))
        told += len(answer["changes"])
        cursor, more = answer["cursor"], answer["more"]
    assert told == MANY
    in_the_midst = sorted(costs[1:-1])
    assert in_the_midst[len(in_the_midst) // 2] <= MOST, costs
    commands.sent.clear()
    await site.request("GET", f"/live/changes?since={cursor}", bob)
    assert reads(commands) <= 2 * MOST, "with nothing new"


@pytest.mark.gen_test(timeout=40)
async def test_who_polls_again_at_once_reads_once(site: Site, commands: Commands) -> None:
    alice, bob = await site.people("alice", "bob")
    cursor = (await site.request("GET", "/live/changes", bob)).json["cursor"]
    for n in range(3):
        commands.sent.clear()  # of what told him the answer before
        path = f"/live/changes?since={cursor}&wait=8"
        waiting = asyncio.create_task(site.request("GET", path, bob))
        await until(lambda: site.app.live.hub.of_user(bob.id))
        await site.send(alice, f"{n}", bob)
        answer = (await waiting).json
        assert f"{n}" in [one["item"]["content"] for one in answer["changes"]]
        cursor = answer["cursor"]
        assert [str(one) for one in commands.sent].count("find inbox_deliveries") == 1
