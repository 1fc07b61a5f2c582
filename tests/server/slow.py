"""A request that takes its time."""

import socket

from tests.server.processes import Serving


def begin_slowly(server: Serving, path: str, body: bytes, token: str = "") -> socket.socket:
    """A request of which all but the last byte is there."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Token {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    one = socket.create_connection(("127.0.0.1", server.port), 10)
    one.sendall("\r\n".join((*lines, "", "")).encode() + body[:-1])
    return one


def read_all(one: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    while chunk := one.recv(65_536):
        found += chunk
    return found
