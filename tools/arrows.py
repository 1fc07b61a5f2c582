"""Checks what the modules beside the packages import; import-linter sees to the packages."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"commands", "embedded", "handlers", "jobs", "models", "push", "services"}
DRIVERS = {"motor", "pymongo", "bson", "gridfs", "redis"}
ENTRIES = {"server", "carillon", "composition"}
BARRED = {
    "settings.py": ROOMS | ENTRIES | DRIVERS | {"tornado"},
    "settings_reading.py": ROOMS | ENTRIES | DRIVERS | {"tornado", "settings"},
    "settings_kinds.py": ROOMS | ENTRIES | DRIVERS | {"tornado", "settings"},
    "settings_inbox.py": ROOMS | ENTRIES | DRIVERS | {"tornado", "settings"},
    "composition.py": ENTRIES | DRIVERS | {"commands", "embedded", "handlers", "jobs"},
    "carillon.py": {"server"} | DRIVERS,
    "server.py": DRIVERS,
}


def imports(source: str) -> Iterator[tuple[int, str]]:
    """The line and the first name of every import, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module.partition(".")[0]


def main() -> int:
    """Print every barred import; 1 when there is one."""
    found = [
        f"{name}:{line}: imports {package}"
        for name, barred in BARRED.items()
        for line, package in imports((ROOT / name).read_text(encoding="utf-8"))
        if package in barred
    ]
    print("\n".join(found) or "the modules beside the rooms import what they may")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
