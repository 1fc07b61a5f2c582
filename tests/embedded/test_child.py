"""Running one program: ready, dead, started again, given up, stopped."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.child import Child, Limits
from embedded.folder import DataFolder
from embedded.output import MAX_LOG_BYTES, Output
from embedded.process import Process, Program, StartError
from tests.embedded.support import is_running, mode, until

ROOT = Path(__file__).parents[2]
QUICK = Limits(ready_s=10.0, deaths=2, pause_s=0.01)
READY = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY
SILENT = "import time; time.sleep(600)"
FAILING = "import sys; print('first', flush=True); sys.exit('the disk is on fire\\n\\n')"
ONCE = """
import pathlib, sys
if pathlib.Path("worn").exists():
    sys.exit("worn out")
pathlib.Path("worn").touch()
"""
PARENT = """
import asyncio, sys
from pathlib import Path
from embedded.folder import DataFolder
from tests.embedded.test_child import READY, probe, program
from embedded.child import Child
async def main():
    folder = DataFolder(Path(sys.argv[1]))
    child = Child(program(folder, READY), probe(folder.path), on_give_up=print)
    await child.start()
    print(child.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def program(folder: DataFolder, code: str) -> Program:
    """A Python program that is told which file to make once it is ready."""
    return Program(
        name="the bell",
        argv=(sys.executable, "-S", "-c", code, str(folder.path / "ready")),
        cwd=folder.subfolder("home"),
        log=folder.subfolder("log") / "bell.log",
        pid_file=folder.path / "bell.pid",
    )


def probe(path: Path):
    async def is_ready() -> bool:
        return (path / "ready").exists()

    return is_ready


def child(folder: DataFolder, code: str, given_up: list[str]) -> Child:
    is_ready = probe(folder.path)
    return Child(program(folder, code), is_ready, on_give_up=given_up.append, limits=QUICK)


@pytest.mark.gen_test
async def test_start_and_stop(folder: DataFolder) -> None:
    bell = child(folder, READY, [])
    await bell.stop(1)
    await bell.start()
    pid = bell.pid
    assert pid is not None
    # Of a session of its own, so that the terminal's Ctrl-C goes to us alone.
    assert os.getsid(pid) == pid
    assert (folder.path / "bell.pid").read_text() == str(pid)
    await bell.stop(5)
    await bell.stop(5)
    assert bell.pid is None
    assert not is_running(pid)
    assert not (folder.path / "bell.pid").exists()


@pytest.mark.gen_test
async def test_a_program_that_ends_at_once_is_quoted(folder: DataFolder) -> None:
    with pytest.raises(StartError, match="^the bell cannot be started: the disk is on fire$"):
        await child(folder, FAILING, []).start()


@pytest.mark.gen_test
async def test_a_program_that_ends_without_a_word(folder: DataFolder) -> None:
    with pytest.raises(StartError, match="^the bell cannot be started: exit status 3$"):
        await child(folder, "raise SystemExit(3)", []).start()


@pytest.mark.gen_test
async def test_a_program_that_is_not_there(folder: DataFolder) -> None:
    missing = Program(
        "it", ("/nowhere/it",), folder.subfolder("h"), folder.path / "l", folder.path / "p"
    )
    with pytest.raises(StartError, match="^it cannot be started: /nowhere/it: No such file"):
        await Process(missing).start(probe(folder.path), 10)


@pytest.mark.gen_test
async def test_a_program_that_never_answers(folder: DataFolder) -> None:
    process = Process(program(folder, SILENT))
    with pytest.raises(StartError, match=r"no answer within 0\.3 s$"):
        await process.start(probe(folder.path), 0.3)
    assert process.pid is None


@pytest.mark.gen_test
async def test_a_cancelled_start_leaves_nothing(folder: DataFolder) -> None:
    bell = child(folder, SILENT, [])
    starting = asyncio.create_task(bell.start())
    await until(lambda: bell.pid is not None)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert bell.pid is None


@pytest.mark.expects_log("the bell ended (SIGKILL); starting it again")
@pytest.mark.gen_test
async def test_a_dead_program_is_started_again(folder: DataFolder, caplog) -> None:
    bell = child(folder, READY, [])
    await bell.start()
    first = bell.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: bell.pid not in (None, first))
    await bell.stop(5)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the bell ended (SIGKILL); starting it again"
    ]


@pytest.mark.expects_log("the bell ended")
@pytest.mark.gen_test
async def test_a_program_that_keeps_dying_is_given_up(folder: DataFolder) -> None:
    given_up: list[str] = []
    bell = child(folder, READY, given_up)
    await bell.start()
    for _ in range(QUICK.deaths + 1):
        await until(lambda: bell.pid is not None)
        os.kill(bell.pid or 0, signal.SIGKILL)
        await until(lambda: bell.pid is None)
    await until(lambda: bool(given_up))
    assert given_up == ["the bell keeps ending (SIGKILL)"]
    await bell.stop(5)


@pytest.mark.expects_log("the bell")
@pytest.mark.gen_test
async def test_a_restart_that_fails_counts_as_a_death(folder: DataFolder) -> None:
    given_up: list[str] = []
    bell = child(folder, ONCE + READY, given_up)
    await bell.start()
    (folder.path / "ready").unlink()
    os.kill(bell.pid or 0, signal.SIGKILL)
    await until(lambda: bool(given_up))
    assert given_up == ["the bell keeps ending (the bell cannot be started: worn out)"]
    await bell.stop(5)


@pytest.mark.gen_test
async def test_a_stubborn_program_is_ended_by_force(folder: DataFolder) -> None:
    bell = child(folder, STUBBORN, [])
    await bell.start()
    async with asyncio.timeout(5):
        await bell.stop(0.2)
    assert bell.pid is None


@pytest.mark.gen_test
async def test_a_program_ends_with_the_process_that_started_it(folder: DataFolder) -> None:
    argv = [sys.executable, "-c", PARENT, str(folder.path)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    await until(lambda: not is_running(pid))


def test_a_long_log_is_turned_over(folder: DataFolder) -> None:
    path = folder.subfolder("log") / "bell.log"
    path.write_bytes(b"x" * (MAX_LOG_BYTES + 1))
    output = Output(path)
    with output.open() as log:
        assert output.last_line() == ""
        log.write(b"one\ntwo\n \n")
    assert output.last_line() == "two"
    assert mode(path) == 0o600
    assert path.with_name("bell.log.1").stat().st_size == MAX_LOG_BYTES + 1


def test_only_what_was_said_since_the_start_is_quoted(folder: DataFolder) -> None:
    path = folder.subfolder("log") / "bell.log"
    path.write_bytes(b"yesterday\n")
    output = Output(path)
    output.open().close()
    assert output.last_line() == ""
