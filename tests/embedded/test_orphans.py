"""What a killed server left running is ended, and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.orphans import end_orphan


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    code = "import time; print(flush=True); time.sleep(600)"
    argv = [sys.executable, "-S", "-c", code, *arguments]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.gen_test
async def test_an_orphan_on_the_same_data_is_ended(tmp_path: Path) -> None:
    storage, pid_file = tmp_path / "mongodb", tmp_path / "mongodb.pid"
    with running("--storage-path", f"{storage}.new") as orphan:
        pid_file.write_text(str(orphan.pid))
        await end_orphan(pid_file, storage)
        assert orphan.wait(5) == -9


@pytest.mark.gen_test
async def test_a_stranger_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    storage, pid_file = tmp_path / "mongodb", tmp_path / "mongodb.pid"
    with running("--storage-path", "/elsewhere/mongodb") as stranger:
        pid_file.write_text(str(stranger.pid))
        await end_orphan(pid_file, storage)
        assert stranger.poll() is None


@pytest.mark.parametrize("text", [None, "", "not a number", "4194304999"])
@pytest.mark.gen_test
async def test_nothing_to_end(tmp_path: Path, text: str | None) -> None:
    pid_file = tmp_path / "mongodb.pid"
    if text is not None:
        pid_file.write_text(text)
    await end_orphan(pid_file, tmp_path)
