"""The Python client against a real server: a network that cuts, a server that is killed."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from carillon_client import Carillon, Change, Timing

from tests.clients.chaos import Chaos
from tests.conftest import StoreUris
from tests.journeys.devices import eventually, in_order
from tests.journeys.processes import Cluster, Server
from tests.seeds import SEED

KINDS = ("message", "notice", "sent")
PATHS = {"message": "/messages/", "notice": "/notices/", "sent": "/messages/sent/"}
QUICK = Timing(first_wait_s=0.02, longest_wait_s=0.2, stable_s=1.0, request_s=5.0)
OWN = ("kind", "version", "revision", "origin")


@pytest.fixture
def cluster(
    io_loop: Any, tmp_path: Path, store_uris: StoreUris, database_name: str
) -> Iterator[Cluster]:
    """One server, which says every second where to resume."""
    more = {"CARILLON_LIVE_PING_INTERVAL_S": "1"}
    made = Cluster(tmp_path, store_uris.mongodb, store_uris.redis, database_name, more)
    made.import_people("alice", "bob")
    try:
        io_loop.run_sync(lambda: made.start(1), timeout=60)
        yield made
    finally:
        made.stop()


class Device:
    """A program of bob's: it keeps a list and a ledger of all that it was handed."""

    def __init__(self, base: str, token: str):
        self._base, self._token = base, token
        self.ledger: list[tuple[str, int, int]] = []
        self.surprises: list[object] = []

    async def start(self, state: str | None = None) -> None:
        self.client = Carillon(self._base, self._token, state=state, timing=QUICK)
        self._list = self.client.list(KINDS, limit=200)
        await self._list.load()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for change in self.client.changes():
            if isinstance(change, Change):
                self.ledger.append((change.kind, change.id, change.version))
            else:
                self.surprises.append(change)

    async def stop(self) -> str:
        """What to go on from."""
        state = self.client.state()
        await self.client.close()
        await self._task
        return state

    def shown(self, kind: str) -> list[dict[str, Any]]:
        return in_order(
            [
                {name: value for name, value in item.items() if name not in OWN}
                for item in self._list.items
                if item["kind"] == kind
            ]
        )

    def check(self) -> None:
        """Every version once, and only upwards."""
        latest: dict[tuple[str, int], int] = {}
        for kind, item_id, version in self.ledger:
            assert version > latest.get((kind, item_id), 0), (kind, item_id, version)
            latest[kind, item_id] = version
        assert not self.surprises


async def are_equal(devices: list[Device], server: Server) -> bool:
    """Do they show exactly what the REST lists say?"""
    for kind, path in PATHS.items():
        listed = await server.request("GET", path, server.cluster.people["bob"])
        wanted = in_order(listed.json) if listed.status == 200 else None
        if any(device.shown(kind) != wanted for device in devices):
            return False
    return True


class Traffic:
    """Alice writes, the admin announces, bob reads, marks, deletes and answers."""

    def __init__(self, chaos: Chaos, cluster: Cluster, seed: int):
        self._chance = random.Random(seed)
        self._chaos, self._people = chaos, cluster.people
        self.messages: list[str] = []
        self._notices = 0

    async def run(self, steps: int) -> None:
        async with AsyncExitStack() as clients:
            self._clients = {
                name: await clients.enter_async_context(
                    Carillon(self._chaos.base, one.token, timing=QUICK)
                )
                for name, one in self._people.items()
            }
            for _ in range(steps):
                await self._chance.choice((self._send, self._answer, self._announce, self._touch))()

    async def _send(self) -> None:
        await self._message("alice", "bob")

    async def _answer(self) -> None:
        await self._message("bob", "alice")

    async def _message(self, sender: str, reader: str) -> None:
        self.messages.append(f"number {len(self.messages)} ☎")
        await self._clients[sender].send(self.messages[-1], [self._people[reader].id])

    async def _announce(self) -> None:
        self._notices += 1
        await self._clients["admin"].notify(f"notice {self._notices}", audience="everyone")

    async def _touch(self) -> None:
        bob = self._clients["bob"]
        items = (await bob.items(limit=200)).items
        if items:
            item = self._chance.choice(items)
            do = self._chance.choice((bob.mark_read, bob.mark_unread, bob.delete))
            await do(item["kind"], [item["id"]])


@pytest.mark.gen_test(timeout=50)
async def test_nothing_is_lost_or_doubled_on_a_network_that_cuts(cluster: Cluster) -> None:
    (server,) = cluster.servers
    print(f"seed {SEED}")  # noqa: T201 - it repeats the run
    async with Chaos(server.port, seed=SEED, mean_bytes=6_000) as chaos:
        devices = [Device(chaos.base, cluster.people["bob"].token) for _ in range(2)]
        await asyncio.gather(*(device.start() for device in devices))
        traffic = Traffic(chaos, cluster, SEED)
        await traffic.run(40)
        state = await devices[0].stop()
        server.kill()
        meanwhile = asyncio.create_task(traffic.run(40))
        await server.start()
        await devices[0].start(state)
        await meanwhile
        chaos.calm()
        assert await eventually(are_equal, 15, devices, server), f"seed {SEED}"
        for device in devices:
            await device.stop()
            device.check()
    assert sorted(await sent_boxes(server)) == sorted(traffic.messages), f"seed {SEED}"
    assert chaos.cuts > 20


async def sent_boxes(server: Server) -> list[str]:
    """What the senders have in their sent boxes."""
    people = [server.cluster.people[name] for name in ("alice", "bob")]
    lists = [await server.request("GET", PATHS["sent"], one) for one in people]
    return [item["content"] for one in lists for item in one.json]
