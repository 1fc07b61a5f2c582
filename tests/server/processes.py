"""``server.py`` as a person starts it: a process, what it prints, its children, its end."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0
SLACK_S = 5.0  # what a busy machine may add to times that are promised
WHERE = re.compile(r"^Carillon on (http://127\.0\.0\.1:(\d+))$", re.MULTILINE)


def until(holds: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """What ``holds`` returns, as soon as that is something; fail when it never is."""
    deadline = time.monotonic() + limit_s
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {limit_s:g} s"
        time.sleep(0.01)  # noqa: TID251 - no loop runs here
    return found


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without settings; with these."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith("CARILLON_")}
    return {**ours, **(more or {})}


def children(pid: int) -> set[int]:
    """The processes that this one started, and those that they started."""
    found = {int(word) for task in _threads(pid) for word in _read(task / "children").split()}
    return found | {one for child in found for one in children(child)}


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _read(path: Path) -> str:
    """What the file says; nothing when its process or thread has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def is_running(pid: int) -> bool:
    state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


@dataclass(frozen=True)
class Done:
    """How a process ended, and what it printed."""

    code: int
    out: str
    err: str
    took_s: float

    def is_refused(self, line: str, code: int = 1) -> bool:
        """Did it end with this code and this one line, and nothing else?"""
        return (self.code, self.out, self.err) == (code, "", f"{line}\n")


def say(*words: object, **more: str) -> Done:
    """Run ``server.py`` with these words to its end."""
    start = time.monotonic()
    program = [sys.executable, "server.py", *map(str, words)]
    done = subprocess.run(
        program,
        cwd=ROOT,
        env=environment(more),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - start)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    json: Any


class Serving:
    """A server process on a data folder, from its start to its end.

    What it prints goes to files beside the folder; warnings of the interpreter are among it.
    """

    def __init__(self, data: Path, *words: str, **more: str):
        self.data, self.began = data, time.monotonic()
        logs = Path(tempfile.mkdtemp(prefix="start", dir=data.parent))
        self._out, self._err = logs / "out", logs / "err"
        words = ("run", "--port", "0", "--data", str(data), *words)
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "default", "server.py", *words],
                cwd=ROOT,
                env=environment(more),
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def up(self) -> "Serving":
        """Wait until it says where it is."""
        until(lambda: WHERE.search(self.out) or self.process.poll() is not None)
        found = WHERE.search(self.out)
        assert found is not None, self.err
        self.base, self.port = found[1], int(found[2])
        self.started_s = time.monotonic() - self.began
        return self

    def cpu_s(self) -> float:
        """What it and its stores have used of processors: a busy machine does not change it."""
        pids = {self.process.pid, *children(self.process.pid)}
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
        ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
        return ticks / os.sysconf("SC_CLK_TCK")

    def ended(self, limit_s: float = LIMIT_S) -> int:
        """Wait for its end: the exit status, with no child left."""
        known = children(self.process.pid)
        code = self.process.wait(limit_s)
        until(lambda: not any(map(is_running, known)), 2)
        return code

    def stop(self, number: signal.Signals = signal.SIGINT, limit_s: float = 10) -> float:
        """Tell it to leave; how long it took to end with 0 and without a word of trouble."""
        start, said = time.monotonic(), len(self.err)
        self.process.send_signal(number)
        code = self.ended(limit_s)
        assert code == 0, self.err
        assert not self.troubles(since=said), self.err
        return time.monotonic() - start

    def troubles(self, *expected: str, since: int = 0) -> list[str]:
        """Lines on standard error that are neither information nor expected."""
        lines = [line for line in self.err[since:].splitlines() if " INFO " not in line]
        return [line for line in lines if not any(text in line for text in expected)]

    def kill(self) -> None:
        """SIGKILL; may be called twice."""
        self.process.kill()
        self.process.wait()

    def pid_of(self, store: str) -> int:
        """The process of an embedded store."""
        return int((self.data / f"{store}.pid").read_text())

    def ask(
        self, verb: str, path: str, token: str | None = None, body: Any = None, **headers: str
    ) -> Reply:
        """One request on a connection of its own; status 599 when nobody answered."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Token {token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            connection.request(verb, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
            return Reply(answer.status, dict(answer.headers), json.loads(text) if text else None)
        except OSError:
            return Reply(599, {}, None)
        finally:
            connection.close()

    def say(self, *words: object) -> Done:
        """A command on its data folder."""
        return say(*words, "--data", self.data)

    def token(self, name: str) -> str:
        done = self.say("users", "token", name)
        assert done.code == 0, done.err
        return done.out.strip()
