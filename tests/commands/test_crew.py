"""A crew whose workers do not do as they should: real processes, of a few lines each."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import crew
from commands.crew import Crew, Spawn
from commands.working import Assignment
from embedded.process import StartError
from embedded.stores import Endpoints
from tests.conftest import settings_for
from tests.server.processes import is_running
from tests.sites import until

READY = "import os, sys, time, signal\nos.write(1, b'r')\n"
Make = Callable[..., Crew]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A crew of workers that run this text; each notes its start in ``starts``."""

    def of(text: str, count: int = 1) -> Crew:
        program = tmp_path / "worker.py"
        starts = tmp_path / "starts"
        starts.touch()
        program.write_text(f"open({str(starts)!r}, 'a').write('x')\n{text}")
        assignment = Assignment(settings_for("x"), Endpoints("mongodb://x", "redis://x"))
        return Crew(count, Spawn(program, assignment, []), lambda: None)

    return of


def starts(tmp_path: Path) -> int:
    return len((tmp_path / "starts").read_text())


@pytest.mark.gen_test
async def test_one_that_cannot_start_says_how_it_ended(make: Make) -> None:
    ours = make("raise SystemExit(3)", 2)
    with pytest.raises(StartError, match=r"^worker \d cannot be started: exit status 3$"):
        await ours.start()
    await ours.stop()


@pytest.mark.gen_test
async def test_one_that_never_says_that_it_serves_is_given_up(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "READY_LIMIT_S", 0.5)
    ours = make("import time; time.sleep(60)")
    with pytest.raises(StartError, match="^worker 1 cannot be started: SIGKILL$"):
        await ours.start()
    await ours.stop()


@pytest.mark.gen_test
@pytest.mark.expects_log("worker 1 ended (exit status 4); starting it again")
async def test_one_that_dies_each_time_is_started_ever_more_rarely(
    make: Make, tmp_path: Path
) -> None:
    ours = make(f"{READY}raise SystemExit(4)")
    await ours.start()
    await until(lambda: starts(tmp_path) >= 3)
    began, before = time.monotonic(), starts(tmp_path)
    await asyncio.sleep(1.5)  # of pauses of at least 0.4, 0.8 and 1.6 s
    assert starts(tmp_path) - before <= 1 + (time.monotonic() - began) / 0.4
    await ours.stop()
    ended = starts(tmp_path)
    await asyncio.sleep(0.5)
    assert starts(tmp_path) == ended


@pytest.mark.gen_test
async def test_one_that_does_not_leave_is_made_to(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "LEAVE_LIMIT_S", 0.3)
    monkeypatch.setattr(crew, "HURRY_LIMIT_S", 0.3)
    ours = make(f"{READY}signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", 2)
    await ours.start()
    pids = [one.pid for one in ours._workers]
    assert all(pid is not None and is_running(pid) for pid in pids)
    began = time.monotonic()
    await ours.drain()
    await ours.stop()
    await ours.stop()
    assert time.monotonic() - began < 5
    assert [one.pid for one in ours._workers] == [None, None]
    assert not any(pid is not None and is_running(pid) for pid in pids)


@pytest.mark.gen_test
async def test_they_are_told_to_leave_and_then_to_hurry(make: Make, tmp_path: Path) -> None:
    told = tmp_path / "told"
    skip = "n = int.from_bytes(os.read(0, 4), 'big')\nwhile n: n -= len(os.read(0, n))\n"
    obey = f"f = open({str(told)!r}, 'ab', 0)\nwhile c := os.read(0, 1):\n    f.write(c)\n"
    ours = make(f"{READY}{skip}{obey}    if c == b'h': raise SystemExit(0)\n")
    await ours.start()
    leaving = asyncio.create_task(ours.drain())
    await until(lambda: told.exists() and told.read_bytes() == b"l")
    leaving.cancel()
    await ours.stop()
    assert told.read_bytes() == b"lh"
