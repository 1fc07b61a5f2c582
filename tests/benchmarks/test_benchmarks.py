"""Every benchmark runs, in its smallest form, prints its tables and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import StoreUris

ROOT = Path(__file__).parents[2]
LIMIT_S = 100
NO_MEASUREMENT = {"__init__", "time_proof", "capacity"}
ONCE = ["--rounds", "1"]
SMALLEST = {
    "send_latency": [*ONCE, "--concurrency", "1", "--seconds", "0.2"],
    "fan_out": [*ONCE, "--sockets", "3", "--shots", "1"],
    "schedules": ["--rate", "20", "--seconds", "0.1", "--overdue", "20"],
    "unicast": [*ONCE, "--sockets", "2", "--publishers", "1", "--seconds", "0.2"],
    "storm": [*ONCE, "--clients", "3", "--changes", "2"],
    "alerts": ["--lists", "50", "--changes", "5", "--scans", "2"],
    "stages": ["--subscriptions", "50"],
    "alert_mails": ["--subscribers", "5"],
    "idle": ["--sockets", "3", "--idle", "0.1"],
}


@pytest.mark.parametrize("script", SMALLEST)
def test_runs(script: str, store_uris: StoreUris, tmp_path: Path) -> None:
    stores = ["--mongodb", store_uris.mongodb, "--redis", store_uris.redis]
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{script}", *SMALLEST[script], *stores],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=LIMIT_S)
    finally:
        process.terminate()
    assert (process.returncode, err) == (0, "")
    assert "load (1, 5, 15 min): before" in out
    assert out.count("| ---") >= 1
    assert list(tmp_path.iterdir()) == []


def test_every_script_is_run_here_and_told_of_in_the_readme() -> None:
    folder = ROOT / "benchmarks"
    scripts = {file.stem for file in folder.glob("*.py")} - NO_MEASUREMENT
    assert scripts == set(SMALLEST)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"benchmarks.{script}" in readme for script in scripts)
