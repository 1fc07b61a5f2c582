"""Being told to leave: while starting, while somebody holds it up, twice; and giving up itself."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.embedded.support import processes
from tests.server.conftest import Start
from tests.server.processes import ROOT, SLACK_S, environment, until
from tests.server.slow import begin_slowly, read_all


def test_a_start_can_be_interrupted_and_made_again(start: Start, data: Path) -> None:
    server = start()
    until(lambda: processes(data / "mongodb"))
    assert server.stop() < 4 + SLACK_S
    assert (server.out, processes(data)) == ("", [])
    again = start().up()
    assert again.ask("GET", "/health/ready").status == 200
    assert again.stop(signal.SIGTERM) < 4 + SLACK_S


def test_a_start_that_waits_for_its_database_can_be_interrupted(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        server = start(CARILLON_MONGODB_URI=uri, CARILLON_REDIS_URI="redis://127.0.0.1:1")
        silent.accept()[0].close()
        assert server.stop() < 5 + SLACK_S


def test_the_second_signal_does_not_wait(start: Start, data: Path) -> None:
    server = start("--welcome").up()
    with begin_slowly(server, "/session", b'{"username": "x"}') as slow:
        server.ask("GET", "/health/live")
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.ask("GET", "/health/live").status == 599)
        assert server.process.poll() is None
        assert server.stop() < 3 + SLACK_S
        assert read_all(slow) == b""
    assert processes(data) == []


def test_a_database_that_stands_still_does_not_keep_it(start: Start, data: Path) -> None:
    server = start("--welcome").up()
    os.kill(server.pid_of("mongodb"), signal.SIGSTOP)
    began = time.monotonic()
    server.process.send_signal(signal.SIGINT)
    assert server.ended(15) == 0
    assert time.monotonic() - began < 8 + SLACK_S
    assert processes(data) == []


def test_a_command_can_be_interrupted(data: Path) -> None:
    program = [sys.executable, "server.py", "users", "list", "--data", str(data)]
    command = subprocess.Popen(
        program, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
    )
    until(lambda: processes(data / "mongodb"))
    command.send_signal(signal.SIGTERM)  # which becomes what Ctrl-C sends
    _, err = command.communicate(timeout=10)
    assert (command.returncode, err) == (1, "carillon: interrupted\n")
    assert processes(data) == []


def test_a_store_that_keeps_dying_ends_the_server(start: Start, data: Path) -> None:
    server = start().up()
    dead: set[int] = set()
    while server.process.poll() is None:
        for pid in set(processes(data / "redis")) - dead:
            os.kill(pid, signal.SIGKILL)
            dead.add(pid)
        time.sleep(0.01)  # noqa: TID251 - no loop runs here
    assert server.process.returncode == 1
    last = server.err.splitlines()[-1]
    assert last.startswith("carillon: the embedded Redis keeps ending (")
    assert processes(data) == []
