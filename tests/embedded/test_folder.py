"""The data folder: modes, one holder, secrets made once, endpoints."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.folder import DataFolder, FolderError, FolderInUse
from tests.embedded.support import mode

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from embedded.folder import DataFolder
DataFolder(Path(sys.argv[1])).lock("run")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_holder(folder: DataFolder) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the folder as "run"; killed at the end."""
    argv = [sys.executable, "-c", HOLD, str(folder.path)]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_prepare_makes_a_private_folder_and_may_be_repeated(folder: DataFolder) -> None:
    folder.prepare()
    folder.prepare()
    assert mode(folder.path) == 0o700


def test_prepare_keeps_the_mode_of_a_folder_that_exists(folder: DataFolder) -> None:
    folder.path.mkdir(mode=0o750)
    folder.path.chmod(0o750)
    folder.prepare()
    assert mode(folder.path) == 0o750


def test_a_file_in_the_way_is_said_in_one_line(folder: DataFolder) -> None:
    folder.path.write_text("")
    with pytest.raises(FolderError, match=r"data cannot be made: File exists$"):
        folder.prepare()


def test_lock_says_who_holds_the_folder(folder: DataFolder) -> None:
    assert folder.holder() is None
    folder.lock("command")
    folder.lock("command")
    assert folder.holder() == ("command", os.getpid())
    assert DataFolder(folder.path).holder() == ("command", os.getpid())
    folder.unlock()
    folder.unlock()
    assert folder.holder() is None
    assert mode(folder.path / "lock") == 0o600


def test_a_second_process_cannot_lock(folder: DataFolder) -> None:
    with another_holder(folder) as holder:
        with pytest.raises(FolderInUse, match=f"in use by a running server .*{holder.pid}") as told:
            folder.lock("run")
        assert (told.value.holder, told.value.pid) == ("run", holder.pid)
        assert folder.holder() == ("run", holder.pid)


def test_a_killed_holder_leaves_neither_lock_nor_endpoints(folder: DataFolder) -> None:
    with another_holder(folder) as holder:
        folder.write_endpoints({"mongodb_uri": "mongodb://gone"})
        holder.kill()
        holder.wait()
        assert folder.holder() is None
        folder.lock("run")
    assert folder.read_endpoints() is None
    folder.unlock()


def test_a_holder_that_has_not_yet_said_its_name(folder: DataFolder) -> None:
    with another_holder(folder):
        (folder.path / "lock").write_text("")
        with pytest.raises(FolderInUse) as told:
            folder.lock("run")
    assert (told.value.holder, told.value.pid) == ("unknown", 0)


def test_a_secret_is_made_once_and_private(folder: DataFolder) -> None:
    assert not folder.has_secret("mongodb")
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: DataFolder(folder.path).secret("mongodb"), range(16)))
    assert len(made) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", made.pop())
    assert folder.has_secret("mongodb")
    assert folder.secret("mongodb") != folder.secret("another")
    assert mode(folder.path / "secrets") == 0o700
    assert mode(folder.path / "secrets" / "mongodb") == 0o600
    assert sorted(os.listdir(folder.path / "secrets")) == ["another", "mongodb"]


def test_endpoints_are_kept_privately_until_cleared(folder: DataFolder) -> None:
    assert folder.read_endpoints() is None
    folder.write_endpoints({"mongodb_uri": "a"})
    folder.write_endpoints({"mongodb_uri": "b", "redis_uri": "c"})
    assert folder.read_endpoints() == {"mongodb_uri": "b", "redis_uri": "c"}
    assert json.loads((folder.path / "endpoints.json").read_text())
    assert mode(folder.path / "endpoints.json") == 0o600
    assert os.listdir(folder.path) == ["endpoints.json"]
    folder.clear_endpoints()
    folder.clear_endpoints()
    assert folder.read_endpoints() is None
