"""Starts that cannot be: one line that says why, the right status, nothing left behind."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

import server
from embedded import folder
from models.meta import Meta
from models.migrations import Migrations
from tests.conftest import free_port
from tests.embedded.support import processes
from tests.server.processes import SLACK_S, say


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CARILLON_"):
            monkeypatch.delenv(name)


class Told:
    """Runs the entry point here, and reads what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]):
        self._capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str]:
        """The exit status, and the one line on standard error; nothing else may be printed."""
        try:
            code: Any = server.main([str(word) for word in words])
        except SystemExit as error:
            code = error.code
        out, err = self._capsys.readouterr()
        assert out == ""
        return code, err.removesuffix("\n")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


def test_without_a_verb_it_helps(told: Told) -> None:
    code, text = told()
    assert code == 2
    assert text.startswith("usage: server.py")
    for verb in ("run", "users", "groups", "tokens"):
        assert f"\n    {verb} " in text


def test_wrong_use_is_2(told: Told, tmp_path: Path) -> None:
    for words in (
        *(("walk",), ("run", "--port", "x"), ("run", "--port", "65536"), ("run", "--port", "-1")),
        *(("run", "--welcom", "--bogus"), ("users",), ("users", "import", "f"), ("--json",)),
    ):
        assert told("--data", tmp_path / "data", *words)[0] == 2
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("CARILLON_SERVER_PROT", "1", "CARILLON_SERVER_PROT: there is no such setting"),
        ("CARILLON_SERVER_PORT", "x", "server.port: must be a whole number, not 'x'"),
        ("CARILLON_MONGODB_URI", "mongo://u:hush@h", None),
        ("CARILLON_MONGODB_URI", "mongodb://u:hu/sh@h:2/", None),
        ("CARILLON_MONGODB_URI", "mongodb://u:hu:sh@h:2/", None),
        ("CARILLON_MONGODB_URI", "mongodb://u:hush@h:port/", None),
        ("CARILLON_REDIS_URI", "rediss//u:hush@h", None),
        ("CARILLON_REDIS_URI", "redis://u:hush@h:port", None),
    ],
)
def test_a_wrong_setting_is_2_and_named(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    if name == "CARILLON_REDIS_URI":
        monkeypatch.setattr(Migrations, "run", _epoch)
        monkeypatch.setattr(Meta, "epoch", _epoch)
        monkeypatch.setenv("CARILLON_MONGODB_URI", "mongodb://127.0.0.1:1")
    else:
        monkeypatch.setenv("CARILLON_REDIS_URI", "redis://127.0.0.1:1")
    monkeypatch.setenv(name, value)
    for verb in (("run", "--port", "0"), ("users", "list")):
        code, said = told(*verb, "--data", tmp_path / "data")
        assert (code, said.count("\n")) == (2, 0)
        assert said.startswith(f"carillon: {line or name[9:].lower().replace('_', '.')}")
        assert "hu" not in said


async def _epoch(_: object) -> str:
    return "epoch"


def test_a_wrong_file_is_2_and_named(told: Told, tmp_path: Path) -> None:
    config = tmp_path / "carillon.yaml"
    config.write_text("server: {ports: 1}")
    words = ("run", "--data", tmp_path / "data", "--config")
    assert told(*words, config) == (2, "carillon: server.ports: there is no such setting")
    missing = tmp_path / "none.yaml"
    line = f"carillon: {missing}: cannot be read: No such file or directory"
    assert told(*words, missing) == (2, line)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_one(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path, reason in [
        (file, "File exists"),
        (file / "data", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
    ]:
        for verb in (("run", "--port", "0"), ("users", "list")):
            line = f"carillon: {path} cannot be made: {reason}"
            assert told(*verb, "--data", path) == (1, line)


def test_a_lock_that_cannot_be_had(told: Told, tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    code, line = told("run", "--port", "0", "--data", tmp_path)
    assert (code, line.count("\n"), "Is a directory" in line) == (1, 0, True)


def test_a_full_disk_is_told_before_anything_is_started(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LEAST_BYTES", 2**60)  # there is no such disk
    for words in (("run", "--port", "0"), ("users", "list")):
        code, line = told(*words, "--data", tmp_path / "data")
        assert code == 1
        assert line.startswith(f"carillon: {tmp_path / 'data'}: the disk is full: ")
    assert {one.name for one in (tmp_path / "data").iterdir()} <= {"lock"}


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = say("run", "--port", port, "--data", tmp_path / "data")
    line = f"carillon: cannot listen on 127.0.0.1:{port}: Address already in use"
    assert done.is_refused(line)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["lock"]


def test_a_database_that_nobody_answers_for(tmp_path: Path) -> None:
    port = free_port()
    uri = f"mongodb://carillon:hush@127.0.0.1:{port}/?appName=hush"
    settings = {
        "CARILLON_MONGODB_URI": uri,
        "CARILLON_REDIS_URI": f"redis://:hush@127.0.0.1:{port}",
    }
    done = say("run", "--port", "0", "--data", tmp_path / "data", **settings)
    reason = f"127.0.0.1:{port}: [Errno 111] Connection refused"
    assert done.is_refused(f"carillon: the database cannot be used: {reason}")
    assert done.took_s < 5 + SLACK_S
    assert processes(tmp_path) == []


def test_an_embedded_server_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "mongodb").mkdir()
    done = say("run", "--port", "0", "--data", tmp_path)
    line = f"carillon: {tmp_path}/secrets/mongodb is missing: the embedded MongoDB needs it"
    assert done.is_refused(line)
    assert processes(tmp_path) == []


def test_the_process_ends_with_the_status_that_main_returns() -> None:
    done = say("users", "list", CARILLON_X="1")
    assert done.is_refused("carillon: CARILLON_X: there is no such setting", 2)
