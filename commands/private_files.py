"""Files with secrets, which only their owner can read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Open a file with mode 0600 before there is anything to write; raises `OSError` at once.

    What it held stays until `rewrite`. A file that is new is removed again when the block fails.
    """
    is_new = not path.exists()
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8"
        ) as file:
            yield file
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def rewrite(file: TextIO, text: str) -> None:
    """Put the text in the place of all that the file holds, safe on the disk on return."""
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fchmod(file.fileno(), 0o600)
        file.truncate(0)
    file.write(text)
    file.flush()
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fsync(file.fileno())
