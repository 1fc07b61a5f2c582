"""Requests that wait for their answers."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Call:
    """A request that waits for its answer; ``at`` is when it came, in the loop's time."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    head: bytes
    at: float
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    def first(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def answer(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: Any = b"",
        *,
        most_bytes: int | None = None,
    ) -> None:
        """Answer, if need be in part, and hang up; a body that is not bytes is sent as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
        sent = {"Connection": "close", **kind, **(headers or {}), "Content-Length": str(len(data))}
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        whole = "\r\n".join([*lines, "", ""]).encode() + data
        self.writer.write(whole[:most_bytes])
        self.writer.close()

    def cut(self) -> None:
        self.writer.transport.abort()


async def read_call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    at = asyncio.get_running_loop().time()
    return Call(method, parts.path, query, headers, body, head, at, reader, writer)
