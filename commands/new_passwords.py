"""Where a new password comes from: a file, the terminal, or chance."""

import sys
from getpass import getpass
from pathlib import Path

from domain import profiles
from domain.coercion import Refused
from services.passwords import readable_password


def new_password(path: Path | None) -> tuple[str, bool]:
    """A password that is long enough, and whether it was made here and must be shown.

    Read from the first line of ``path``; without one asked for, twice, at a terminal; else made.
    Raises `Refused` and, for a file that cannot be read, `OSError`.
    """
    if path is not None:
        with path.open(encoding="utf-8") as file:
            return profiles.new_password(file.readline().rstrip("\r\n")), False
    if not sys.stdin.isatty():
        return readable_password(), True
    password = profiles.new_password(getpass("New password: "))
    if getpass("The same again: ") != password:
        raise Refused("The two passwords differ.")
    return password, False
