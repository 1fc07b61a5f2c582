"""Who is connected, over two processes: lists, ends, limits."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websockets

from services import roster
from tests.conftest import StoreUris, settings_for
from tests.sites import LIMIT_S, Person, Site, Socket, until, within

LIMIT = 4
SLACK_S = 1.0  # what a busy machine may add to times that are promised


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CARILLON_LIVE_CONNECTIONS_PER_USER": str(LIMIT)}


@pytest.fixture
def sites(
    io_loop: Any, site: Site, store_uris: StoreUris, database_name: str, environ: dict[str, str]
) -> Iterator[tuple[Site, Site]]:
    """Two processes that know of each other."""
    with within(io_loop, Site(settings_for(database_name, **environ), store_uris)) as other:
        one, two = site.app.roster, other.app.roster
        io_loop.run_sync(lambda: until(lambda: len(one.others) == len(two.others) == 1))
        yield site, other


async def listed(site: Site, admin: Person, query: str = "") -> Any:
    answer = await site.request("GET", f"/live/connections/{query}", admin)
    assert answer.status == 200, answer
    return answer.json


def lasting(found: Any) -> list[dict[str, Any]]:
    """The rows without what may be a second old."""
    moving = ("state", "unsent_bytes")
    return [{key: row[key] for key in row if key not in moving} for row in found["connections"]]


async def refused(site: Site, who: Person) -> int:
    """The status that another connection is refused with."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        await site.socket(who)
    return caught.value.response.status_code


@pytest.mark.gen_test
async def test_a_row_says_who_and_how(site: Site) -> None:
    admin = await site.admin()
    alice = await site.person("alice")
    socket = await site.socket(alice)
    found = await listed(site, admin)
    (row,) = found["connections"]
    assert row["since"].startswith("20")
    assert row["id"].startswith(f"{row['process']}-")
    assert {key: row[key] for key in row.keys() - {"since", "id", "process"}} == {
        "user": {"id": alice.id, "username": "alice"},
        "transport": "websocket",
        "address": "127.0.0.1",
        "device": row["device"],
        "state": "live",
        "unsent_bytes": row["unsent_bytes"],
    }
    assert row["device"].startswith("token-")
    assert (found["next"], found["total"]) == (None, 1)
    await socket.close()
    await until(lambda: not len(site.app.live.hub))
    assert await listed(site, admin) == {"connections": [], "next": None, "total": 0}


@pytest.mark.gen_test
async def test_streams_and_polls_are_connections_too(site: Site) -> None:
    admin, alice = await site.admin(), await site.person("alice")
    cursor = (await site.request("GET", "/live/changes", alice)).json["cursor"]
    poll = asyncio.create_task(site.request("GET", f"/live/changes?since={cursor}&wait=30", alice))
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = f"GET /live/events HTTP/1.1\r\nHost: x\r\nAuthorization: Token {alice.token}\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b"hello")
    await until(lambda: site.app.roster.open_of(alice.id) == 2)
    rows = {row["transport"]: row for row in (await listed(site, admin))["connections"]}
    assert rows.keys() == {"events", "poll"}
    assert {row["address"] for row in rows.values()} == {"127.0.0.1"}
    for row in rows.values():
        path = f"/live/connections/{row['id']}/"
        assert (await site.request("DELETE", path, admin)).status == 204
    assert (await poll).status == 403
    assert b"3503" in await reader.read()
    writer.close()
    await until(lambda: site.app.roster.open_of(alice.id) == 0)


@pytest.mark.gen_test
async def test_only_administrators_may_look_and_end(site: Site) -> None:
    alice = await site.person("alice")
    assert (await site.request("GET", "/live/connections/", alice)).status == 403
    assert (await site.request("DELETE", "/live/connections/1-a-1/", alice)).status == 403
    assert (await site.request("GET", "/live/connections/")).status == 401


@pytest.mark.gen_test
async def test_what_cannot_be_asked(site: Site) -> None:
    admin = await site.admin()
    for query, key in (
        *(("?limit=0", "limit"), ("?limit=1001", "limit"), ("?limit=x", "limit")),
        *(("?user=x", "user"), ("?cursor=x", "cursor"), ("?cursor=a:b:c", "cursor")),
    ):
        answer = await site.request("GET", f"/live/connections/{query}", admin)
        assert (answer.status, list(answer.json)) == (400, [key]), query
    for unknown in ("1-a-1", "x", f"{site.carillon.process}-99"):
        answer = await site.request("DELETE", f"/live/connections/{unknown}/", admin)
        assert (answer.status, answer.json) == (404, {"detail": "There is no such connection."})


@pytest.mark.gen_test
async def test_all_processes_are_one_list_in_pages(sites: tuple[Site, Site]) -> None:
    admin, people = await sites[0].admin(), await sites[0].people("alice", "bob", "carol")
    sockets = [await site.socket(one) for site in sites for one in people]
    began = time.monotonic()
    for site in sites:
        while len((await listed(site, admin))["connections"]) < 6:
            assert time.monotonic() - began < 2 + SLACK_S
            await asyncio.sleep(0.02)
    whole = await listed(sites[0], admin)
    assert whole["total"] == 6
    assert lasting(whole) == lasting(await listed(sites[1], admin))
    assert {row["process"] for row in whole["connections"]} == {
        site.carillon.process for site in sites
    }
    pages, cursor = [], ""
    while cursor is not None:
        page = await listed(sites[1], admin, f"?limit=2&cursor={cursor}")
        pages.append(lasting(page))
        cursor = page["next"]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert sum(pages, []) == lasting(whole)
    bob = people[1]
    of_bob = await listed(sites[0], admin, f"?user={bob.id}")
    assert [row["user"]["id"] for row in of_bob["connections"]] == [bob.id] * 2
    assert of_bob["total"] == 2
    assert (await listed(sites[0], admin, "?user=999"))["connections"] == []
    for socket in sockets:
        await socket.close()


@pytest.mark.gen_test
async def test_one_is_ended_wherever_it_is(sites: tuple[Site, Site]) -> None:
    admin, alice = await sites[0].admin(), await sites[0].person("alice")
    here, there, stays = [await site.socket(alice) for site in (*sites, sites[1])]
    seats = sorted(sites[1].app.roster.mirror.of_user(alice.id))
    seats += sorted(sites[0].app.roster.mirror.of_user(alice.id))
    await until(lambda: len(sites[0].app.roster.mirror.of_user(alice.id)) == 2)
    first = min(sites[0].app.roster.mirror.of_user(alice.id))
    path = f"/live/connections/{first.id}/"
    began = time.monotonic()
    assert (await sites[0].request("DELETE", path, admin)).status == 204
    assert await there.close_code() == 3503
    assert time.monotonic() - began < 1 + SLACK_S
    await until(lambda: len(sites[0].app.roster.mirror.of_user(alice.id)) == 1)
    assert (await sites[0].request("DELETE", path, admin)).status == 404
    own = (await listed(sites[0], admin, f"?user={alice.id}"))["connections"]
    (mine,) = [row["id"] for row in own if row["process"] == sites[0].carillon.process]
    assert (await sites[0].request("DELETE", f"/live/connections/{mine}/", admin)).status == 204
    assert await here.close_code() == 3503
    assert stays.connection.close_code is None
    await stays.close()


@pytest.mark.gen_test
async def test_the_limit_holds_over_processes(sites: tuple[Site, Site]) -> None:
    alice = await sites[0].person("alice")
    sockets = [await sites[n % 2].socket(alice) for n in range(LIMIT)]
    await until(lambda: all(site.app.roster.open_of(alice.id) == LIMIT for site in sites))
    for site in sites:
        assert await refused(site, alice) == 429
    await sockets[0].close()
    await until(lambda: sites[1].app.roster.open_of(alice.id) == LIMIT - 1)
    sockets[0] = await sites[1].socket(alice)
    for socket in sockets:
        await socket.close()


async def _attempt(site: Site, who: Person) -> Socket | None:
    try:
        return await site.socket(who)
    except (websockets.WebSocketException, OSError):
        return None


@pytest.mark.gen_test
async def test_a_burst_on_both_settles_at_the_limit(sites: tuple[Site, Site]) -> None:
    """Never more than the limit on each, and the limit over both as soon as they heard."""
    alice = await sites[0].person("alice")
    began = time.monotonic()
    tries = [_attempt(sites[n % 2], alice) for n in range(6 * LIMIT)]
    came = [one for one in await asyncio.gather(*tries) if one is not None]
    counts = [site.app.live.open_here(alice.id) for site in sites]
    assert max(counts) <= LIMIT
    await until(lambda: sum(site.app.live.open_here(alice.id) for site in sites) <= LIMIT)
    assert time.monotonic() - began < 5
    await until(lambda: all(site.app.roster.open_of(alice.id) <= LIMIT for site in sites))
    codes = [one.connection.close_code for one in came]
    assert set(codes) <= {None, 3011, 3012}
    for socket in came:
        await socket.close()


@pytest.mark.gen_test
async def test_a_process_that_leaves_takes_its_rows_along(
    site: Site, store_uris: StoreUris, database_name: str
) -> None:
    admin, alice = await site.admin(), await site.person("alice")
    async with Site(settings_for(database_name), store_uris) as other:
        socket = await other.socket(alice)
        await until(lambda: site.app.roster.open_of(alice.id) == 1)
        await other.app.roster.write()
        async with asyncio.timeout(LIMIT_S):
            while len((await listed(site, admin))["connections"]) != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await until(lambda: site.app.roster.open_of(alice.id) == 0)
    await until(lambda: not site.app.roster.others)
    assert (await listed(site, admin))["connections"] == []
    left = await site.app.connections._rosters.processes()
    assert left <= {site.carillon.process}
    await socket.close()


@pytest.mark.gen_test
@pytest.mark.expects_log("this process was too slow")
async def test_a_process_that_was_only_slow_is_there_again(
    sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Declared gone, it goes on under a new name; and what others removed of it comes back."""
    monkeypatch.setattr(roster, "REWRITTEN_EVERY", 2)
    admin, alice = await sites[0].admin(), await sites[0].person("alice")
    socket = await sites[1].socket(alice)
    seen, name = sites[0].app.roster, sites[1].carillon.process
    processes, rosters = seen._processes, seen._rosters
    is_declared = False
    while not is_declared:
        (row,) = [one for one in await processes.all() if one.process == name]
        is_declared = await processes.declare_gone(row)
    await until(lambda: name in seen.others and seen.others[name].process == f"{name}.2")
    await rosters.forget({name})
    async with asyncio.timeout(LIMIT_S):
        while len((await listed(sites[0], admin))["connections"]) != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await until(lambda: seen.open_of(alice.id) == 1)
    await socket.close()
    await until(lambda: seen.open_of(alice.id) == 0)


@pytest.mark.gen_test
@pytest.mark.expects_log("lost the link to Redis")
@pytest.mark.expects_log("is not heard of over Redis")
async def test_what_the_broker_does_not_bring_the_database_does(
    sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comings, goings and ends reach the other process when no envelope does."""
    admin, alice = await sites[0].admin(), await sites[0].person("alice")
    for site in sites:
        site.app.changes.hearing.on_news = lambda process, news: None
        monkeypatch.setattr(site.carillon.broker, "publish", _lost)
    sockets = [await sites[1].socket(alice) for _ in range(2)]
    began = time.monotonic()
    await until(lambda: sites[0].app.roster.open_of(alice.id) == 2)
    assert time.monotonic() - began < 2.5 + SLACK_S
    first = min(sites[0].app.roster.mirror.of_user(alice.id))
    path = f"/live/connections/{first.id}/"
    began = time.monotonic()
    assert (await sites[0].request("DELETE", path, admin)).status == 204
    assert await sockets[0].close_code() == 3503
    assert time.monotonic() - began < 2.5 + SLACK_S
    await sockets[1].close()
    await until(lambda: sites[0].app.roster.open_of(alice.id) == 0)


def _lost(*_: Any) -> "asyncio.Future[bool]":
    taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    taken.set_result(False)
    return taken
