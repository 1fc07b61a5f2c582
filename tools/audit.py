"""Asks a database of advisories (OSV) whether a pinned package has a known hole, and in what.

A hole is exit status 1. No answer within the limit is status 3, or with `--if-reachable` a line and
status 0: a check that runs without a network must not fail for that, and must not hang.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
URL = "https://api.osv.dev/v1/query"
LIMIT_S = 60  # of all questions together, one for each package
ANSWER_S = 10  # of one
# Holes that were looked at and touch nothing here: the advisory, and why.
ALLOWED: Mapping[str, str] = {}


class NotAskedError(Exception):
    """No answer came, and why."""


def ask(files: Sequence[Path], url: str = URL, limit_s: float = LIMIT_S) -> Mapping[str, Any]:
    """What is known of the packages that these requirements name; raises `NotAskedError`."""
    where = ["--vulnerability-service", "osv", "--osv-url", url, "--timeout", str(ANSWER_S)]
    how = ["--format", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip"]
    named = [part for file in files for part in ("--requirement", str(file))]
    command = [sys.executable, "-m", "pip_audit", *where, *how, *named]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotAskedError(f"no answer within {limit_s:g} s") from error
    try:
        report: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        said = done.stderr.strip().splitlines() or ["no word of pip-audit"]
        raise NotAskedError(said[-1]) from error
    return report


def holes(report: Mapping[str, Any]) -> Iterator[str]:
    """Each known hole, in a line."""
    for package in report["dependencies"]:
        for hole in package.get("vulns", ()):
            names = {hole["id"], *hole["aliases"]}
            if not names & ALLOWED.keys():
                mended = ", ".join(hole["fix_versions"]) or "no version"
                told = " ".join(sorted(names))
                yield f"{package['name']} {package['version']}: {told}, mended in {mended}"


def main(words: Sequence[str]) -> int:
    """Print what is found, or why nothing could be asked."""
    try:
        report = ask(sorted(ROOT.glob("requirements*.txt")))
    except NotAskedError as error:
        print(f"advisories could not be asked: {error}")
        return 0 if "--if-reachable" in words else 3
    found = list(holes(report))
    print("\n".join(found) or f"no hole is known in {len(report['dependencies'])} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
