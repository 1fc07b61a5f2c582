"""From an empty folder on: the first start, commands beside it, stores that die, the next start."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.embedded.support import mode, processes
from tests.server.conftest import House
from tests.server.processes import SLACK_S, Serving, children, is_running, say, until
from tests.server.slow import begin_slowly, read_all

GONE = "User inactive or deleted."


def _send(server: Serving, token: str, content: str, *to: int) -> Any:
    body = {"content": content, "recipient_ids": list(to)}
    answer = server.ask("POST", "/messages/send/", token, body)
    assert answer.status == 201, answer
    return answer.json


def _contents(server: Serving, token: str) -> list[str]:
    answer = server.ask("GET", "/messages/", token)
    assert answer.status == 200, answer
    return [one["content"] for one in answer.json]


def _passwords(text: str) -> dict[str, str]:
    """By name, from the lines that the first start prints."""
    rows = [line.split() for line in text.splitlines()]
    return {row[1]: row[2] for row in rows if row and row[0] in ("administrator", "user")}


def test_the_first_start_makes_accounts_and_shows_their_passwords_once(house: House) -> None:
    first, kept = house.first, house.data / "welcome.txt"
    made = _passwords(first.out)
    assert list(made) == ["admin", "alice", "bob"]
    assert len(set(made.values())) == 3
    assert _passwords(kept.read_text()) == made
    assert (mode(kept), mode(house.data)) == (0o600, 0o700)
    assert first.out.splitlines()[0].endswith(f"kept in {kept}:")
    assert first.out.splitlines()[4:] == [
        f"Carillon on {first.base}",
        f"  inbox  {first.base}/",
        f"  API    {first.base}/messages/ (see README.md)",
        f"  data   {house.data}",
    ]
    assert not first.troubles()
    for name, password in made.items():
        answer = first.ask("POST", "/session", body={"username": name, "password": password})
        assert (answer.status, answer.json["user"]["username"]) == (200, name)
        assert answer.json["user"]["is_admin"] is (name == "admin")
    assert not any(password in first.err for password in made.values())


def test_commands_work_beside_the_server(house: House) -> None:
    server = house.up()
    made = server.say("users", "add", "carol", "--email", "c@x.de", "--json")
    assert (made.code, json.loads(made.out)["username"]) == (0, "carol")
    token = server.token("carol")
    assert server.ask("GET", "/account/", token).json["email"] == "c@x.de"
    with ThreadPoolExecutor(3) as pool:
        again = pool.submit(server.say, "users", "add", "carol")
        wrong = pool.submit(server.say, "users", "ad")
        revoked = pool.submit(server.say, "tokens", "revoke", token)
        others = [pool.submit(server.say, "users", "add", f"u{n}", "--json") for n in range(2)]
    assert again.result().is_refused("The username 'carol' is taken.")
    assert (wrong.result().code, "invalid choice: 'ad'" in wrong.result().err) == (2, True)
    assert revoked.result().code == 0
    refused = server.ask("GET", "/account/", token)
    assert (refused.status, refused.json) == (401, {"detail": "Invalid token."})
    ids = {json.loads(one.result().out)["id"] for one in others}
    assert len(ids) == 2


def test_what_a_command_ended_is_refused_at_once(house: House) -> None:
    server = house.up()
    token = house.token("bob")
    assert server.ask("GET", "/messages/", token).status == 200
    assert server.say("users", "deactivate", "bob").code == 0
    assert server.ask("GET", "/messages/", token).json == {"detail": GONE}
    assert server.say("users", "activate", "bob").code == 0
    assert server.ask("GET", "/messages/", token).status == 200
    password = _passwords(house.first.out)["alice"]
    signed_in = server.ask("POST", "/session", body={"username": "alice", "password": password})
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    assert server.ask("GET", "/session", Cookie=cookie).status == 200
    assert server.say("users", "password", "alice").code == 0
    assert server.ask("GET", "/session", Cookie=cookie).status == 401


def test_a_second_server_on_the_folder_says_so_and_leaves_the_first_alone(house: House) -> None:
    server = house.up()
    before = children(server.process.pid)
    second = say("run", "--port", "0", "--data", house.data)
    line = f"carillon: {house.data} is in use by a running server (process {server.process.pid})"
    assert second.is_refused(line)
    assert children(server.process.pid) == before
    assert server.ask("GET", "/health/ready").json["status"] == "ok"
    assert server.say("users", "list").code == 0


def test_a_wrong_password_for_the_database_is_one_line(house: House, tmp_path: Path) -> None:
    uri = json.loads((house.up().data / "endpoints.json").read_text())["mongodb_uri"]
    password = uri.partition("carillon:")[2].partition("@")[0]
    wrong = {
        "CARILLON_MONGODB_URI": uri.replace(password, "hush"),
        "CARILLON_REDIS_URI": "redis://x",
    }
    done = say("run", "--port", "0", "--data", tmp_path / "data", **wrong)
    assert done.is_refused("carillon: the database cannot be used: authentication failed")


def _is_ready(server: Serving) -> bool:
    return server.ask("GET", "/health/ready").json == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok"},
    }


@pytest.mark.parametrize("store", ["redis", "mongodb"])
def test_a_store_that_dies_is_started_again(house: House, store: str) -> None:
    server = house.up()
    token, content = house.token("alice"), f"before {store}"
    _send(server, token, content, 3)
    pid, name = server.pid_of(store), {"redis": "Redis", "mongodb": "MongoDB"}[store]
    os.kill(pid, signal.SIGKILL)
    until(lambda: server.pid_of(store) != pid if (server.data / f"{store}.pid").exists() else False)
    until(lambda: _is_ready(server))
    _send(server, token, f"after {store}", 3)
    assert {content, f"after {store}"} <= set(_contents(server, house.token("bob")))
    assert f"the embedded {name} ended (SIGKILL); starting it again" in server.err
    assert f"the embedded {name} runs again (process {server.pid_of(store)})" in server.err
    told = (" ended (SIGKILL)", "lost the link", " fails: ", "is left to be finished")
    assert not server.troubles(*told)


@contextmanager
def _live(server: Serving, token: str) -> Iterator[ClientConnection]:
    """A greeted live connection."""
    uri, headers = f"ws://127.0.0.1:{server.port}/live", {"Authorization": f"Token {token}"}
    with connect(uri, additional_headers=headers) as one:
        assert json.loads(one.recv(10))["type"] == "hello"
        yield one


def test_who_is_under_way_is_served_before_it_leaves(house: House) -> None:
    server = house.up()
    token = house.token("alice")
    body = b'{"content": "the last", "recipient_ids": [3]}'
    with (
        _live(server, house.token("bob")) as live,
        begin_slowly(server, "/messages/send/", body, token) as slow,
    ):
        server.ask("GET", "/health/live")  # what was sent before it has been read by now
        left = threading.Thread(target=server.stop)
        left.start()
        frames = [json.loads(live.recv(10))]
        while frames[-1]["type"] != "bye":
            frames.append(json.loads(live.recv(10)))
        assert 0 <= frames[-1]["retry_ms"] <= 1_000
        slow.sendall(body[-1:])
        answer = read_all(slow)
        assert answer.startswith(b"HTTP/1.1 201 ")
        left.join(10)
        assert server.process.poll() == 0
        live.close()
        assert live.close_code == 3001
    assert processes(house.data) == []


def test_the_next_start_is_immediate_and_finds_everything(house: House) -> None:
    if house.now.process.poll() is None:
        house.now.stop()
    server = house.up("--welcome")
    assert server.cpu_s() < 3
    assert server.started_s < 3 + SLACK_S
    assert server.out.splitlines()[0] == f"Carillon on {server.base}"
    assert _passwords(server.out) == {}
    assert "the last" in _contents(server, house.token("bob"))
    assert server.stop(signal.SIGTERM) < 3 + SLACK_S
    assert processes(house.data) == []


def test_commands_work_without_a_server_also_several_at_once(house: House) -> None:
    if house.now.process.poll() is None:
        house.now.stop()
    with ThreadPoolExecutor(2) as pool:
        listed = pool.submit(say, "users", "list", "--data", house.data)
        refused = pool.submit(say, "users", "token", "nobody", "--data", house.data)
    assert (listed.result().code, "carol" in listed.result().out) == (0, True)
    assert refused.result().is_refused("There is no user 'nobody'.")
    assert processes(house.data) == []


def test_a_server_waits_for_the_command_that_has_the_folder(house: House) -> None:
    if house.now.process.poll() is None:
        house.now.stop()
    with ThreadPoolExecutor(1) as pool:
        command = pool.submit(say, "users", "list", "--data", house.data)
        until(lambda: processes(house.data / "mongodb"))
        server = house.up()
        assert command.result().code == 0
    assert not server.troubles()


def test_a_killed_server_takes_its_stores_along_and_the_next_takes_over(house: House) -> None:
    server = house.up()
    token = house.token("alice")
    _send(server, token, "just before", 3)
    known = children(server.process.pid)
    assert len(known) == 2
    server.kill()
    until(lambda: not any(map(is_running, known)), 2)
    done = say("users", "list", "--data", house.data)
    assert done.code == 0, done.err
    server = house.up()
    assert "just before" in _contents(server, house.token("bob"))
    assert server.stop() < 3 + SLACK_S
