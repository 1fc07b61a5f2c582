"""What a supervisor is told that asked to be: systemd's ``Type=notify``, without its library."""

import os
from contextlib import suppress
from socket import AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, socket
from typing import Final

SOCKET: Final = "NOTIFY_SOCKET"
READY: Final = b"READY=1"
LIMIT_S: Final = 1.0


def tell_ready() -> None:
    """Say that callers are served; whoever does not listen misses nothing else."""
    where = os.environ.get(SOCKET, "")
    if not where.startswith(("/", "@")):
        return
    address = f"\0{where[1:]}" if where.startswith("@") else where
    with suppress(OSError), socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC) as one:
        one.settimeout(LIMIT_S)
        one.sendto(READY, address)
