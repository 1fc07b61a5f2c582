"""A server on stores of the operator's: what it starts, what it says, what it limits."""

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.conftest import free_port, start_redis, stop
from tests.embedded.support import mode
from tests.server.conftest import Start
from tests.server.processes import SLACK_S, children, say, until


@pytest.fixture
def stores(mongodb_uri: str, redis_uri: str, database_name: str) -> dict[str, str]:
    """Settings that name the stores of the test run."""
    return {
        "CARILLON_MONGODB_URI": mongodb_uri,
        "CARILLON_MONGODB_DATABASE": database_name,
        "CARILLON_REDIS_URI": redis_uri,
    }


def test_nothing_is_started_beside_it(
    start: Start, data: Path, stores: dict[str, str], tmp_path: Path
) -> None:
    where = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(where)
        server = start(**stores, CARILLON_MOUNTS_INBOX="/in-box", NOTIFY_SOCKET=where).up()
        supervisor.settimeout(5)
        assert supervisor.recv(100) == b"READY=1"
    assert children(server.process.pid) == set()
    assert mode(data) == 0o700
    assert {path.name for path in data.iterdir()} == {"lock", "endpoints.json", "secrets"}
    assert (data / "endpoints.json").read_text() == "{}"
    assert server.out == f"Carillon on {server.base}\n"
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    found = re.search(r"^Max open files +(\w+) +(\w+)", limits, re.MULTILINE)
    assert found is not None
    assert found[1] == (found[2] if found[2] != "unlimited" else str(2**20))
    done = say("users", "list", "--data", data, **stores)
    assert (done.code, done.out) == (0, "none\n")
    assert say("users", "add", "alice", "--data", data, **stores).code == 0
    token = say("users", "token", "alice", "--data", data, **stores).out.strip()
    assert server.ask("GET", "/in-box/messages/", token).json == []
    assert server.ask("GET", "/messages/", token).status == 404
    assert server.stop(signal.SIGTERM) < 3 + SLACK_S


def test_redis_comes_goes_and_comes_back_with_a_line_each(
    start: Start, stores: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    uri = f"redis://:hush@127.0.0.1:{port}/0"
    server = start(**{**stores, "CARILLON_REDIS_URI": uri}).up()

    def status() -> str:
        return str(server.ask("GET", "/health/ready").json["status"])

    assert status() == "degraded"
    until(lambda: "no link to Redis" in server.err, 5)
    redis = start_redis(tmp_path, port)
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as one:
            one.sendall(b"CONFIG SET requirepass hush\r\n")
            assert one.recv(9) == b"+OK\r\n"
        until(lambda: status() == "ok", 5)
    finally:
        stop(redis)
    until(lambda: status() == "degraded", 5)
    server.stop()
    assert len(re.findall("no link to Redis", server.err)) == 1
    assert len(re.findall("linked to Redis", server.err)) == 1
    assert len(re.findall("lost the link to Redis", server.err)) == 1
    assert "hush" not in server.err
