"""A real server process whose users are those of the recorded cases."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.replay_inbox_golden import Replay
from tests.handlers.conftest import environ, patient_link, site

__all__ = ["environ", "golden", "patient_link", "site"]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
STOP_LIMIT_S = 20


@dataclass(frozen=True)
class Golden:
    """The recorded cases, and the server that they were replayed against once, in order."""

    cases: list[dict[str, Any]]
    replay: Replay
    wrong: dict[str, str]

    def named(self, name: str) -> dict[str, Any]:
        return next(case for case in self.cases if case["name"] == name)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Golden]:
    """The core cases replayed against `server.py run`, its users from `users import`."""
    folder = tmp_path_factory.mktemp("golden")
    document = json.loads((HERE / "inbox_golden.json").read_text())
    users, tokens = folder / "users.json", folder / "tokens.json"
    users.write_text(json.dumps(document["users"]))
    with _server(folder, "users", "import", users, "--tokens", tokens) as process:
        assert process.wait(STOP_LIMIT_S) == 0, (folder / "log").read_text()
    with _server(folder, "run", "--port", "0") as process:
        try:
            replay = Replay(_base_of(process), json.loads(tokens.read_text()))
            found = replay.run(document["cases"], skip=("quirk", "django"))
            wrong = {case["name"]: text for case, text in found if text}
            yield Golden(document["cases"], replay, wrong)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_LIMIT_S)
    assert code == 0, (folder / "log").read_text()
    assert "Traceback" not in (folder / "log").read_text()


def _server(folder: Path, *words: object) -> subprocess.Popen[str]:
    environ = {key: os.environ[key] for key in os.environ if not key.startswith("CARILLON_")}
    program = [sys.executable, str(ROOT / "server.py"), "--data", str(folder / "data")]
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            [*program, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environ,
            cwd=folder,
        )


def _base_of(process: subprocess.Popen[str]) -> str:
    """The address that a server prints as soon as it listens."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Carillon on "):
            return line.removeprefix("Carillon on ").strip()
    raise AssertionError("the server did not start")
