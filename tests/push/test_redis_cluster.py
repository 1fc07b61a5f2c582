"""Two nodes of a Redis Cluster: processes at either hear each other."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from embedded.redis import _find
from push.redis_broker import RedisBroker
from tests.conftest import free_port, stop, wait_for_port
from tests.push.links import processes
from tests.sites import until

SLOTS = (range(0, 8_192), range(8_192, 16_384))


def start_node(folder: Path, port: int) -> subprocess.Popen[bytes]:
    folder.mkdir()
    where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    how = ["--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--save", ""]
    with (folder / "log").open("ab") as log:
        node = subprocess.Popen([str(_find()), *where, *how], stdout=log, stderr=log)
    wait_for_port(port, node)
    return node


def bus_port(port: int) -> int:
    with redis.Redis(port=port) as client:
        return int(client.config_get("cluster-port")["cluster-port"])


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Two nodes that know of each other, with half of the slots each."""
    made = free_port(), free_port()
    nodes = [start_node(tmp_path / str(port), port) for port in made]
    try:
        for port, slots in zip(made, SLOTS, strict=True):
            with redis.Redis(port=port) as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", slots[0], slots[-1])
        with redis.Redis(port=made[0]) as client:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", made[1], bus_port(made[1]))
        yield made
    finally:
        for node in nodes:
            stop(node)


def is_formed(port: int) -> bool:
    with redis.Redis(port=port) as client:
        info: bytes = client.execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in info


@pytest.mark.gen_test
async def test_processes_at_different_nodes_hear_each_other(ports: tuple[int, int]) -> None:
    await until(lambda: all(map(is_formed, ports)))
    channels = tuple(f"live:{uuid4().hex}:{n}" for n in range(4))
    left = iter(ports)

    def make(process: str) -> RedisBroker:
        uri = f"redis://127.0.0.1:{next(left)}/0"
        return RedisBroker(uri, process=process, channels=channels)

    async with processes(make, 2) as (one, two):
        said = [(user, b"%d" % user) for user in range(8)]
        for user, envelope in said:
            assert await one.broker.publish(envelope, (user,))
        await until(lambda: len(two.heard) == len(said))
        assert await two.broker.publish(b"back", (1,))
        await until(lambda: one.heard[-1:] == [b"back"])
