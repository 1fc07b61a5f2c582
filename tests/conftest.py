"""What all tests share: real stores in child processes, a clock moved by hand, strict logs."""

import asyncio
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from xdist.remote import Producer

from carillon import wall_us
from embedded import mongodb, redis
from settings import Settings, load
from tests.spreading import Spreading, groups_first

READY_LIMIT_S = 20.0
MEMORY = Path("/dev/shm")
# Large contents of several tests meet in one server; four times what a product's server has keeps
# it from waiting for itself on a busy machine (embedded/mongodb.py).
CACHE = "2G"
PLENTY_BYTES = 8 * 1024**3

# How long one example takes says more about what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "expects_log(text): warnings and errors that contain the text are expected"
    )
    # Asked for a current loop, asyncio would make one that nobody closes, until told there is none.
    asyncio.set_event_loop(None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spreading:
    return Spreading(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # this process is one of several
        groups_first(items)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """On the build machine a skipped test is a failed one."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


class _Alarms(logging.Handler):
    """Keeps what is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(f"{record.levelname} {record.name}: {self.format(record)}")


@pytest.fixture(autouse=True)
def no_unexpected_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning or error in the log that the test did not announce fails it."""
    alarms = _Alarms()
    logging.getLogger().addHandler(alarms)
    yield
    logging.getLogger().removeHandler(alarms)
    expected = [mark.args[0] for mark in request.node.iter_markers("expects_log")]
    surprises = [line for line in alarms.records if not any(text in line for text in expected)]
    assert not surprises, "\n".join(surprises)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something listens; fail when the process ends or the limit is over."""
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # noqa: TID251 - no loop runs here
    raise AssertionError(f"nothing listens on {port}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@dataclass(frozen=True)
class StoreUris:
    """The stores that a whole test run shares; each test has a database of its own in them."""

    mongodb: str
    redis: str


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where shared stores write: in memory where there is plenty.

    They wait for the disk at each commit, several at once for one disk, and lose nothing by this
    that a test could notice: those of kills have stores of their own.
    """
    if not has_plenty(MEMORY):
        yield tmp_path_factory.mktemp("stores")
        return
    for left in MEMORY.glob("carillon-tests-*"):
        if not Path(f"/proc/{left.name.rsplit('-', 1)[1]}").exists():  # its run was killed
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / f"carillon-tests-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def has_plenty(memory: Path) -> bool:
    """Is this a folder in memory, with room for what all workers write (about 1 GB each)?"""
    if not (os.access(memory, os.W_OK) and sys.platform == "linux"):
        return False
    told = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    unused = int(told[1]) * 1024 if told else 0
    return min(unused, shutil.disk_usage(memory).free) >= PLENTY_BYTES


@pytest.fixture(scope="session")
def mongodb_uri(store_folder: Path) -> Iterator[str]:
    """A server of the MongoDB protocol for the whole run."""
    with serving_mongodb(store_folder / "mongodb") as uri:
        yield uri


@pytest.fixture(scope="module")
def fresh_mongodb_uri(store_folder: Path) -> Iterator[str]:
    """One for a module that writes thousands of documents at once.

    In a server that has served hundreds of tests such a write may sleep a millisecond at each
    access to a page, until it is over: 20 s for what takes one.
    """
    with serving_mongodb(store_folder / f"mongodb-{uuid4().hex[:8]}") as uri:
        yield uri


@contextmanager
def serving_mongodb(folder: Path) -> Iterator[str]:
    """The URI of a server on a free port, which keeps its data in a folder of its own."""
    folder.mkdir()
    config, port = folder / "server.toml", free_port()
    config.write_text("")
    where = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    how = ["--storage-path", str(folder / "data"), "--sync-on-commit"]
    how += ["--cache-size", CACHE]
    with (folder / "log").open("wb") as log:
        program = [*mongodb._find(), *where, *how, "--log-level", "WARNING"]
        environ = {**os.environ, **mongodb.ENVIRON}
        process = subprocess.Popen(program, stdout=log, stderr=log, cwd=folder, env=environ)
    wait_for_port(port, process)
    try:
        yield f"mongodb://127.0.0.1:{port}/?retryWrites=false"
    finally:
        stop(process)


@pytest.fixture(scope="session")
def redis_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server for the whole run."""
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    process = start_redis(folder, port)
    yield f"redis://127.0.0.1:{port}/0"
    stop(process)


def start_redis(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A Redis server on a port; returns when it listens."""
    where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    program = [str(redis._find()), *where, "--save", "", "--appendonly", "no"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(program, stdout=log, stderr=log)
    wait_for_port(port, process)
    return process


@pytest.fixture(scope="session")
def store_uris(mongodb_uri: str, redis_uri: str) -> StoreUris:
    return StoreUris(mongodb_uri, redis_uri)


def settings_for(database: str, **environ: str) -> Settings:
    """The defaults, on a database of this name, with settings as the environment gives them."""
    return load(environ={"CARILLON_MONGODB_DATABASE": database, **environ})


@pytest.fixture
def database_name() -> str:
    return f"t{uuid4().hex[:16]}"


class HandClock:
    """Wall time in µs that moves only when told to."""

    def __init__(self, at: int = 1_800_000_000_000_000):
        self.at = at

    def __call__(self) -> int:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += int(seconds * 1_000_000)


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


class RunningClock:
    """Wall time in µs that goes on by itself, and further ahead when told to."""

    def __init__(self) -> None:
        self._ahead_us = 0

    def __call__(self) -> int:
        return wall_us() + self._ahead_us

    def move(self, seconds: float) -> None:
        self._ahead_us += int(seconds * 1_000_000)


@pytest.fixture
def running_clock() -> RunningClock:
    return RunningClock()
