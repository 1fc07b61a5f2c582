"""Several processes as one server: one start, one port, one end, whoever of them dies."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.embedded.support import processes
from tests.server.conftest import Start
from tests.server.processes import Serving, children, is_running, say, until
from tests.server.slow import begin_slowly, read_all

WORKERS = 2
SOCKETS = 20
MOST_SOCKETS = 160


class House:
    """A data folder on stores of the test run, where one server of two workers runs at a time."""

    def __init__(self, folder: Path, mongodb_uri: str, redis_uri: str):
        self.data = folder / "data"
        self.settings = {
            "CARILLON_MONGODB_URI": mongodb_uri,
            "CARILLON_MONGODB_DATABASE": f"t{uuid4().hex[:16]}",
            "CARILLON_REDIS_URI": redis_uri,
            "CARILLON_SERVER_WORKERS": str(WORKERS),
            "CARILLON_LIVE_CONNECTIONS_PER_USER": "200",
        }
        users, tokens = folder / "users.json", folder / "tokens.json"
        self.password = "correct horse battery"
        users.write_text(
            json.dumps(
                [
                    {"id": 1, "username": "alice"},
                    {"id": 2, "username": "bob", "password": self.password},
                    {"id": 3, "username": "admin", "is_admin": True},
                    {"id": 4, "username": "carol"},
                    {"id": 5, "username": "dave"},
                ]
            )
        )
        self.say("users", "import", users, "--tokens", tokens)
        made = json.loads(tokens.read_text())
        self.alice, self.bob, self.admin = made["alice"], made["bob"], made["admin"]
        self.tokens = {2: made["bob"], 4: made["carol"], 5: made["dave"]}
        self.now: Serving | None = None

    def say(self, *words: object) -> None:
        """A command on this installation."""
        done = say(*words, "--data", self.data, **self.settings)
        assert done.code == 0, done.err

    def up(self) -> Serving:
        """The running server; started if the test before ended it."""
        if self.now is None or self.now.process.poll() is not None:
            self.now = Serving(self.data, **self.settings).up()
        return self.now


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, mongodb_uri: str, redis_uri: str
) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"), mongodb_uri, redis_uri)
    yield made
    if made.now is not None:
        made.now.kill()


def workers(server: Serving) -> set[int]:
    """The processes that serve."""
    found = set()
    for pid in children(server.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        found |= {pid} if b"work" in words and b"-I" not in words else set()
    return found


def sockets_of(pid: int) -> int:
    names = Path(f"/proc/{pid}/fd").iterdir()
    return sum(os.path.islink(one) and os.readlink(one).startswith("socket:") for one in names)


@contextmanager
def live(server: Serving, token: str) -> Iterator[ClientConnection]:
    """A greeted live connection."""
    uri, headers = f"ws://127.0.0.1:{server.port}/live", {"Authorization": f"Token {token}"}
    with connect(uri, additional_headers=headers) as one:
        assert json.loads(one.recv(10))["type"] == "hello"
        yield one


def shared(server: Serving, token: str, open_ones: ExitStack) -> list[ClientConnection]:
    """So many live connections that every worker has a good part of them.

    One that sleeps for a moment on a busy machine gets its part of those who come next.
    """
    made: list[ClientConnection] = []
    before = {pid: sockets_of(pid) for pid in workers(server)}
    while len(made) < MOST_SOCKETS:
        made += [open_ones.enter_context(live(server, token)) for _ in range(SOCKETS)]
        shares = [sockets_of(pid) - known for pid, known in before.items()]
        assert sum(shares) >= len(made)
        if min(shares) >= len(made) // 4:
            return made
    raise AssertionError(shares)


def has_said(server: Serving, text: str, times: int) -> bool:
    return len(re.findall(text, server.err)) == times


def send(server: Serving, token: str, content: str, *to: int) -> None:
    body = {"content": content, "recipient_ids": list(to)}
    answer = server.ask("POST", "/messages/send/", token, body)
    assert answer.status == 201, answer


def content_of(one: ClientConnection) -> str:
    """What the next change says."""
    while True:
        frame = json.loads(one.recv(10))
        if frame["type"] == "change":
            return str(frame["item"]["content"])


def closed_with(one: ClientConnection) -> int | None:
    try:
        while True:
            one.recv(15)
    except ConnectionClosed:
        return one.close_code


def test_from_an_empty_folder_on_it_is_one_server(start: Start, data: Path) -> None:
    server = start("--welcome", CARILLON_SERVER_WORKERS="2").up()
    assert len(workers(server)) == 2
    assert len(children(server.process.pid)) == 4, "and the two stores"
    assert len(re.findall("^Carillon on ", server.out, re.MULTILINE)) == 1
    assert len(re.findall("^  administrator  admin ", server.out, re.MULTILINE)) == 1
    assert not server.troubles()
    done = server.say("users", "list")
    assert (done.code, len(done.out.splitlines())) == (0, 4), done
    second = say("run", "--port", "0", "--data", data)
    assert second.is_refused(
        f"carillon: {data} is in use by a running server (process {server.process.pid})"
    )
    assert server.stop(signal.SIGINT, 15) < 15
    assert processes(data) == []


def test_all_workers_take_connections_and_tell_each_others(house: House) -> None:
    server = house.up()
    with ExitStack() as open_ones:
        everyone = shared(server, house.bob, open_ones)
        send(server, house.alice, "to all of them", 2)
        assert {content_of(one) for one in everyone} == {"to all of them"}


def test_whichever_worker_is_asked_for_metrics_answers_for_all(house: House) -> None:
    server = house.up()

    def told() -> set[str]:
        with urlopen(f"{server.base}/metrics") as answer:
            text = answer.read().decode()
        return set(re.findall(r'^carillon_look_age_seconds{worker="(\d)"}', text, re.MULTILINE))

    for _ in range(4):
        until(lambda: told() == {"1", "2"})


def test_a_worker_that_dies_is_started_again_and_the_others_go_on(house: House) -> None:
    server = house.up()
    for n in range(2):
        os.kill(next(iter(workers(server))), signal.SIGKILL)
        for m in range(10):  # nobody who comes now is refused, or left waiting
            send(server, house.alice, f"{n} {m}", 2)
        until(partial(has_said, server, r"worker \d runs again", n + 1))
    assert len(re.findall(r"worker \d ended \(SIGKILL\); starting it again", server.err)) == 2
    assert len(workers(server)) == WORKERS
    contents = {one["content"] for one in server.ask("GET", "/messages/", house.bob).json}
    assert {f"{n} {m}" for n in range(2) for m in range(10)} <= contents
    assert not server.troubles("ended (SIGKILL)")


def test_a_worker_that_is_told_to_leave_drains_and_another_takes_its_place(house: House) -> None:
    server = house.up()
    leaving = next(iter(workers(server)))
    with ExitStack() as open_ones:
        everyone = shared(server, house.bob, open_ones)
        os.kill(leaving, signal.SIGTERM)
        until(lambda: not is_running(leaving))
        until(lambda: re.search(r"exit status 0.*runs again", server.err, re.DOTALL))
        left = {one.close_code for one in everyone if one.protocol.close_rcvd is not None}
        assert left <= {3001}
        still = next(one for one in everyone if one.protocol.close_rcvd is None)
        send(server, house.alice, "to who stayed", 2)
        assert content_of(still) == "to who stayed"
    assert len(workers(server)) == WORKERS


def test_all_leave_in_peace_also_when_everybody_is_signalled(house: House) -> None:
    """As a supervisor of services does: the whole group hears SIGTERM at once."""
    server = house.up()
    said = len(server.err)
    body = b'{"content": "the last", "recipient_ids": [2]}'
    with ExitStack() as open_ones:
        everyone = [open_ones.enter_context(live(server, house.bob)) for _ in range(6)]
        slow = [
            open_ones.enter_context(begin_slowly(server, "/messages/send/", body, house.alice))
            for _ in range(6)
        ]
        server.ask("GET", "/health/live")
        pids = workers(server)
        for pid in (*pids, server.process.pid):
            os.kill(pid, signal.SIGTERM)
        assert {closed_with(one) for one in everyone} == {3001}
        for one in slow:
            one.sendall(body[-1:])
        answers = [read_all(one) for one in slow]
        assert [answer[:13] for answer in answers] == [b"HTTP/1.1 201 "] * 6
    assert server.ended() == 0
    assert not any(map(is_running, pids))
    assert not server.troubles("ended (exit status 0)", since=said)


def test_the_second_signal_does_not_wait(house: House) -> None:
    server = house.up()
    with begin_slowly(server, "/session", b'{"username": "x"}') as slow:
        server.ask("GET", "/health/live")
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.ask("GET", "/health/live").status == 599)
        assert server.process.poll() is None
        server.stop(limit_s=15)
        assert read_all(slow) == b""


def test_a_start_can_be_interrupted(house: House) -> None:
    assert house.now is None or house.now.process.poll() is not None
    server = Serving(house.data, **house.settings)
    until(lambda: workers(server))
    server.stop(limit_s=15)
    assert server.out == ""


def test_workers_do_not_outlive_their_server(house: House) -> None:
    server = house.up()
    pids = workers(server)
    assert len(pids) == WORKERS
    os.kill(next(iter(pids)), signal.SIGSTOP)  # even one that hears nothing
    server.kill()
    until(lambda: not any(map(is_running, pids)), 5)


def test_a_worker_is_not_for_people() -> None:
    assert say("work").is_refused("carillon: work is for workers, which run starts by itself", 2)
