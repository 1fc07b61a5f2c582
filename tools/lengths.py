"""Finds files of code that are longer than 300 lines: past that a file holds two ideas."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = (".py", ".js", ".mjs", ".html", ".css")
MOST_LINES = 300


def sources(root: Path) -> Iterator[Path]:
    """The project's own code; not what was installed, and nothing in hidden folders."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [one for one in subfolders if one[0] != "." and one != "node_modules"]
        yield from (Path(folder, name) for name in names if name.endswith(SUFFIXES))


def too_long(root: Path) -> list[str]:
    """What to say of each file that is too long, by name."""
    counts = {path: len(path.read_bytes().splitlines()) for path in sources(root)}
    return [
        f"{path.relative_to(root)}: {count} lines, at most {MOST_LINES}: split it"
        for path, count in sorted(counts.items())
        if count > MOST_LINES
    ]


def main() -> int:
    """Print every file that is too long; 1 when there is one."""
    found = too_long(ROOT)
    print("\n".join(found) or f"no file is longer than {MOST_LINES} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
