"""What a server of HTTP is to those who run it."""

from socket import socket
from typing import Any, Protocol

FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"


class Server(Protocol):
    """Answers callers who were accepted for it."""

    def take(self, connection: socket, address: Any) -> None:
        """This caller is ours, unless there are too many."""

    def leave(self) -> None:
        """From now on every answer is the last on its connection."""

    @property
    def is_writing(self) -> bool:
        """Is any answer not sent down to its last byte?"""

    async def close(self) -> None:
        """Cut off whoever is left."""
