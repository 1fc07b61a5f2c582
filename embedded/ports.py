"""A port of this machine that stays the same from start to start."""

import socket
from pathlib import Path
from random import SystemRandom

# Below the range the kernel gives to outgoing connections (from 32768 on Linux), so that none of
# them sits on the port while its server is being started again.
FIRST, LAST = 20000, 32000


def keep_port(path: Path) -> int:
    """The port kept in `path`, or another free one, kept there from now on, when it is taken."""
    port = _read(path)
    while port is None or not _is_free(port):
        port = SystemRandom().randint(FIRST, LAST)
    path.write_text(str(port), encoding="ascii")
    return port


def _read(path: Path) -> int | None:
    try:
        port = int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return port if FIRST <= port <= LAST else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
