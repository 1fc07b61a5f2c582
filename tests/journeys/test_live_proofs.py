"""Proofs of the live channel: processes, Redis in trouble, clients away (live, 1, 2, 5, 7).

``REDIS_DOWN_S=60`` is the long form of the second (`make redis-down`).
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port, start_redis, stop
from tests.journeys.devices import Device, equals_lists, eventually
from tests.journeys.processes import Cluster, Server
from tests.seeds import SEED
from tests.sites import Person, until

NAMES = ("alice", "bob", "carol", "dave")
DOWN_S = float(os.environ.get("REDIS_DOWN_S", "6"))
PAUSE_S = 0.02 * max(1.0, DOWN_S / 6)  # what is slow to be over is not more to compare
Connect = Callable[..., list[Device]]


class OwnRedis:
    """A Redis that this test may kill, stop and start again on its port."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = start_redis(self.folder, self.port)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        stop(self.process)

    def say(self, *words: str) -> None:
        """One command, by hand."""
        text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as one:
            one.sendall(text.encode())
            assert not one.recv(100).startswith(b"-")


@pytest.fixture
def redis_of_ours(tmp_path: Path) -> Iterator[OwnRedis]:
    made = OwnRedis(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def cluster(
    io_loop: Any, tmp_path: Path, mongodb_uri: str, redis_of_ours: OwnRedis, database_name: str
) -> Iterator[Cluster]:
    """Two server processes."""
    uri = f"redis://127.0.0.1:{redis_of_ours.port}/0"
    made = Cluster(tmp_path, mongodb_uri, uri, database_name, {"CARILLON_LIVE_SHARDS": "3"})
    made.import_people(*NAMES)
    try:
        io_loop.run_sync(lambda: made.start(2), timeout=60)
        yield made
    finally:
        made.stop()


class Traffic:
    """Sends, reads and deletes through random servers; remembers what was accepted, and when."""

    def __init__(self, cluster: Cluster, seed: int):
        self.cluster, self.chance = cluster, random.Random(seed)
        self.accepted: dict[str, float] = {}
        self.errors: list[int] = []
        self.number = 0

    def server(self) -> Server:
        return self.chance.choice(self.cluster.servers)

    def person(self) -> Person:
        return self.cluster.people[self.chance.choice(NAMES)]

    async def send(self) -> None:
        sender = self.person()
        others = [one for one in self.cluster.people.values() if one.id != sender.id]
        to = self.chance.sample(others, self.chance.randint(1, 3))
        self.number += 1
        content = f"message {self.number}"
        body = {"content": content, "recipient_ids": [one.id for one in to]}
        await self._do("POST", "/messages/send/", sender, body, content)

    async def announce(self) -> None:
        self.number += 1
        content = f"notice {self.number}"
        body = {"content": content, "audience": "everyone"}
        await self._do("POST", "/notices/send/", self.cluster.people["admin"], body, content)

    async def touch(self) -> None:
        """Read, unread or delete something of somebody's."""
        who = self.person()
        box = self.chance.choice(("message", "notice"))
        listed = await self.server().request("GET", f"/{box}s/", who)
        if listed.status != 200 or not listed.json:
            return
        ids = {f"{box}_ids": [self.chance.choice(listed.json)["id"]]}
        verb, path = self.chance.choice(
            (("PATCH", "mark-read"), ("PATCH", "mark-unread"), ("DELETE", "delete"))
        )
        await self._do(verb, f"/{box}s/{path}/", who, ids)

    async def _do(
        self, verb: str, path: str, who: Person, body: Any, content: str | None = None
    ) -> None:
        answer = await self.server().request(verb, path, who, body)
        if answer.status < 300 and content is not None:
            self.accepted[content] = time.monotonic()
        elif answer.status >= 300 and not (answer.status == 400 and verb != "POST"):
            self.errors.append(answer.status)

    async def run(self, seconds: float, pause_s: float = 0.02) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            step = self.chance.choices((self.send, self.announce, self.touch), (6, 1, 4))[0]
            await step()
            await asyncio.sleep(pause_s)


def delays(traffic: Traffic, devices: list[Device], began: float = 0.0) -> list[float]:
    """From the answer to each device's showing it, for all that was accepted from then on."""
    found = []
    for device in devices:
        for key, at in device.arrived.items():
            item = device.shown[key].item
            accepted = traffic.accepted.get(item["content"], 0.0) if item is not None else 0.0
            if accepted > began and key[0] != "sent":
                found.append(at - accepted)
    return sorted(found)


async def all_equal(devices: list[Device], server: Server) -> bool:
    return all([await equals_lists(device, server) for device in devices])


async def check_counters(devices: list[Device], server: Server) -> bool:
    for device in devices:
        truth = (await server.request("GET", "/inbox/counts", device.who)).json
        told = {box: device.unread.get(box) for box in ("messages", "notices")}
        if device.unread and told != {box: truth[box] for box in told}:
            return False
    return True


@pytest.fixture
def devices_of(io_loop: Any) -> Iterator[Connect]:
    """Makes one connected device for each person; all are stopped at the end."""
    made: list[Device] = []

    def connect(cluster: Cluster, seed: int = 0) -> list[Device]:
        fresh = [
            Device(person, cluster.servers, seed=seed + n)
            for n, person in enumerate(cluster.people.values())
        ]
        for device in fresh:
            device.start()
        made.extend(fresh)
        return fresh

    async def stop() -> None:
        for device in made:
            await device.stop()

    yield connect
    io_loop.run_sync(stop)


@pytest.mark.gen_test(timeout=50)
async def test_a_send_through_one_process_reaches_sockets_on_the_other(cluster: Cluster) -> None:
    """Proof 1."""
    first, second = cluster.servers
    alice, bob = cluster.people["alice"], cluster.people["bob"]
    device = Device(bob, [second])
    device.start()
    await until(lambda: device.is_connected)
    for n in range(20):
        body = {"content": f"ring {n}", "recipient_ids": [bob.id]}
        assert (await first.request("POST", "/messages/send/", alice, body)).status == 201
    await until(lambda: len(device.shown) == 20, 5)
    assert await equals_lists(device, first)
    await until(lambda: device.unread.get("messages") == 20)
    await device.stop()


@pytest.mark.timeout(110 + 4 * DOWN_S)
@pytest.mark.gen_test(timeout=100 + 4 * DOWN_S)
async def test_redis_in_every_kind_of_trouble(
    cluster: Cluster, redis_of_ours: OwnRedis, devices_of: Connect
) -> None:
    """Proof 2: nothing lost, nothing twice, and delivery within 2.5 s all the while."""
    print("seed", SEED)
    devices, traffic = devices_of(cluster), Traffic(cluster, SEED)
    await until(lambda: all(device.is_connected for device in devices))
    killed_at = []

    async def trouble() -> None:
        await asyncio.sleep(1)
        redis_of_ours.say("FLUSHALL")
        await asyncio.sleep(1)
        redis_of_ours.say("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(1.5)
        redis_of_ours.signal(signal.SIGSTOP)
        await asyncio.sleep(DOWN_S * 2 / 3)
        redis_of_ours.signal(signal.SIGCONT)
        await asyncio.sleep(2)
        redis_of_ours.kill()
        killed_at.append(time.monotonic())
        await asyncio.sleep(DOWN_S)
        redis_of_ours.start()
        await asyncio.sleep(2)

    await asyncio.gather(traffic.run(8 + DOWN_S * 5 / 3, PAUSE_S), trouble())
    assert traffic.errors == []
    assert await eventually(all_equal, 15, devices, cluster.servers[0])
    assert await eventually(check_counters, 15, devices, cluster.servers[0])
    for late in (delays(traffic, devices), delays(traffic, devices, *killed_at)):
        middle, most = late[len(late) // 2], late[len(late) * 99 // 100]
        print(f"{len(late)} shown, p50 {middle:.3f} p99 {most:.3f} at most {late[-1]:.3f} s")
        assert most < 2.5
    for device in devices:
        assert set(device.closes) <= {None, 1006}, "nobody is thrown out for it"


@pytest.mark.gen_test(timeout=60)
async def test_a_token_revoked_while_redis_is_down_ends_its_sockets(
    cluster: Cluster, redis_of_ours: OwnRedis
) -> None:
    """Proof 2: a revocation is a record, so it arrives without Redis too."""
    bob = cluster.people["bob"]
    device = Device(bob, [cluster.servers[1]])
    device.start()
    await until(lambda: device.is_connected)
    redis_of_ours.kill()
    await asyncio.to_thread(cluster.command, "users", "deactivate", "bob")
    await until(lambda: device.closes == [3500], 5)
    assert (await cluster.servers[0].request("GET", "/messages/", bob)).status == 403
    await device.stop()
    redis_of_ours.start()


@pytest.mark.gen_test(timeout=90)
async def test_who_was_away_ends_equal_to_one_who_stayed(
    cluster: Cluster, devices_of: Connect
) -> None:
    """Proof 5 on the websocket, with random cuts of the one who stays."""
    print("seed", SEED)
    traffic = Traffic(cluster, SEED)
    chance = random.Random(SEED)
    stayed, away = devices_of(cluster, SEED), devices_of(cluster, SEED + 100)
    await until(lambda: all(device.is_connected for device in stayed + away))
    await traffic.run(1)
    for device in away:
        await device.stop()

    async def cuts() -> None:
        for _ in range(12):
            await asyncio.sleep(0.5)
            chance.choice(stayed).cut()

    await asyncio.gather(traffic.run(7), cuts())
    for device in away:
        device.start()
    assert await eventually(all_equal, 20, stayed + away, cluster.servers[0])
    assert await eventually(check_counters, 20, stayed + away, cluster.servers[1])


@pytest.mark.gen_test(timeout=90)
async def test_a_process_leaves_and_another_takes_over(
    cluster: Cluster, devices_of: Connect
) -> None:
    """SIGTERM under load: exit status 0, clients come back elsewhere, nothing is lost."""
    devices, traffic = devices_of(cluster), Traffic(cluster, SEED)
    await until(lambda: all(device.is_connected for device in devices))
    leaving = cluster.servers[0]
    running = asyncio.create_task(traffic.run(4))
    await asyncio.sleep(1.5)
    traffic.cluster.servers.remove(leaving)
    assert await asyncio.to_thread(leaving.terminate) == 0
    await running
    assert await eventually(all_equal, 15, devices, cluster.servers[0])
    shown = {one.item["content"] for device in devices for one in device.shown.values() if one.item}
    deleted_or_shown = sum(one.item is None for device in devices for one in device.shown.values())
    assert len(traffic.accepted.keys() - shown) <= deleted_or_shown
