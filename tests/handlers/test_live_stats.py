"""Administrators watch what all processes measure."""

import asyncio
import time
from typing import Any

import pytest

from domain.figures import TOTALS
from tests.conftest import StoreUris, settings_for
from tests.push.parts import Paper
from tests.sites import LIMIT_S, Site, Socket, until


async def stats_where(socket: Socket, **wanted: Any) -> dict[str, Any]:
    """The first stats frame that says so."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            frame = await socket.frame("stats")
            if all(frame.get(key) == value for key, value in wanted.items()):
                return frame


@pytest.mark.gen_test
async def test_stats_come_each_second_until_they_are_not_wanted(site: Site) -> None:
    socket = await site.socket(await site.admin())
    await socket.send(type="watch", what="stats", ref=1)
    assert await socket.frame("done") == {"type": "done", "ref": 1}
    first, began = await socket.frame("stats"), time.monotonic()
    second = await stats_where(socket, database=1.0)
    assert second["at"] > first["at"]
    stored = {"jobs_waiting", "jobs_dead"}
    assert set(second) - stored == {"type", "at", "processes", "users", "each", *TOTALS}
    async with asyncio.timeout(LIMIT_S):
        while not stored <= set(second):
            second = await socket.frame("stats")
    assert second["jobs_dead"] == 0
    assert list(second["each"]) == [site.carillon.process]
    for _ in range(2):
        await socket.frame("stats")
    assert time.monotonic() - began >= 2
    await socket.send(type="unwatch", what="stats", ref=2)
    await socket.frame("done")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.frame("stats"), 1.5)
    await socket.close()


@pytest.mark.gen_test
async def test_it_is_for_administrators(site: Site) -> None:
    alice = await site.person("alice")
    socket = await site.socket(alice)
    await socket.send(type="watch", what="stats")
    assert (await socket.frame("error"))["code"] == "permission_denied"
    await socket.send(type="watch", what="weather")
    assert (await socket.frame("error"))["problems"] == {"what": ['Must be "stats".']}
    await socket.send(type="unwatch")
    assert (await socket.frame("error"))["problems"] == {"what": ['Must be "stats".']}
    await socket.close()


@pytest.mark.gen_test
async def test_who_lags_or_is_no_administrator_any_more_is_told_none(site: Site) -> None:
    admin, paper = await site.admin(), Paper()
    identity = await site.app.identities.by_token(admin.token)
    connection = await site.app.live.open(identity, paper, None)
    site.app.gauges.watch(connection)

    def told() -> int:
        paper.frames.clear()
        site.app.gauges._tell()
        return sum(frame.startswith(b'{"type":"stats"') for frame in paper.frames)

    assert told() == 1
    paper.unsent_bytes = site.settings.live.max_unsent_bytes + 1
    assert told() == 0
    paper.unsent_bytes = 0
    assert told() == 1
    await site.app.accounts.change(admin.id, {"is_admin": False})
    await until(lambda: not connection.identity.user.is_admin)
    assert told() == 0
    site.app.live.close(connection)


@pytest.mark.gen_test
async def test_all_processes_are_added_up(
    site: Site, store_uris: StoreUris, database_name: str
) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    async with Site(settings_for(database_name), store_uris) as other:
        sockets = [await site.socket(admin), await other.socket(alice), await other.socket(bob)]
        watching = sockets[0]
        await watching.send(type="watch", what="stats")
        frame = await stats_where(watching, processes=2, connections=3, users=3, redis=1.0)
        assert set(frame["each"]) == {site.carillon.process, other.carillon.process}
        assert frame["each"][other.carillon.process]["connections"] == 2
        for n in range(5):
            await site.send(alice, f"{n}", bob)
        async with asyncio.timeout(LIMIT_S):
            while not (frame := await watching.frame("stats"))["deliveries_per_s"]:
                pass
        assert frame["changes_per_s"] > 0
        assert frame["delivery_p99_ms"] > 0
        for socket in sockets[1:]:
            await socket.close()
    await stats_where(watching, processes=1, connections=1, users=1)
    await watching.close()
