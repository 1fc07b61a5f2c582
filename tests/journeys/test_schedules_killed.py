"""A server is killed while it posts a firing: another posts the same one, and that is all."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StoreUris
from tests.journeys.processes import Cluster
from tests.receivers import Receiver, Reply, eventually


@pytest.fixture
def cluster(tmp_path: Path, store_uris: StoreUris, database_name: str) -> Iterator[Cluster]:
    more = {"CARILLON_OUTBOUND_ALLOW": "127.0.0.1"}
    made = Cluster(tmp_path, store_uris.mongodb, store_uris.redis, database_name, more)
    made.import_people("alice")
    yield made
    made.stop()


@pytest.mark.gen_test(timeout=90)
async def test_a_firing_outlives_the_process_that_took_it(cluster: Cluster) -> None:
    await cluster.start(2)
    one, two = cluster.servers
    admin = cluster.people["admin"]
    async with Receiver() as receiver:
        never = asyncio.Event()
        receiver.answers = [Reply(gate=never)]
        body: dict[str, Any] = {
            "endpoint": receiver.url(),
            "payload": {"a": 1},
            "auth_token": "secret",
            "next_send_at": "2020-01-01T00:00:00Z",
        }
        made = (await one.request("POST", "/api/v1/schedule/", admin, body)).json
        await receiver.has(1)
        holder = await _holder(cluster, receiver)
        holder.kill()
        first, second = await receiver.has(2)
        never.set()
        assert (first.key, first.body, first.headers["Authorization"]) == (
            *(second.key, second.body, second.headers["Authorization"]),
        )
        other = two if holder is one else one
        path = f"/api/v1/schedule/{made['id']}/"

        async def is_done() -> bool:
            out = cluster.command("jobs", "list", "--state", "running", "--json").stdout
            return out.strip() == "[]"

        await eventually(is_done, 30)
        shown = await other.request("GET", path, admin)
        assert (shown.status, shown.json["next_send_at"]) == (200, None)
        assert len(await receiver.has(2)) == 2


async def _holder(cluster: Cluster, receiver: Receiver) -> Any:
    """The server whose call is being held: the one that has a connection to the receiver."""
    for server in cluster.servers:
        assert server.process is not None
        if _is_connected(server.process.pid, receiver.port):
            return server
    raise AssertionError("nobody has a connection to the receiver")


def _is_connected(pid: int, port: int) -> bool:
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = str(link.readlink())
        except OSError:
            continue
        if name.startswith("socket:["):
            inodes.add(name[8:-1])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[2].endswith(f":{port:04X}") and words[9] in inodes:
            return True
    return False
