"""Raw HTTP over a socket: what no client library would send."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from tests.sites import LIMIT_S, Answer

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


def head(verb: str, target: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """A request's first part; the target goes out as it is."""
    lines = [b"%s %s HTTP/1.1" % (verb.encode(), target), b"Host: carillon"]
    lines += [f"{name}: {value}".encode("latin-1") for name, value in headers]
    return b"\r\n".join([*lines, b"", b""])


async def answer_on(reader: asyncio.StreamReader, *, has_body: bool = True) -> Answer:
    """The next answer; its body is read by its Content-Length."""
    async with asyncio.timeout(LIMIT_S):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines[1:] if line)
        headers: Mapping[str, str] = {name.title(): value for name, _, value in pairs}
        size = int(headers.get("Content-Length", 0)) if has_body else 0
        body = await reader.readexactly(size)
    return Answer(int(lines[0].split()[1]), headers, body)


async def ask(
    port: int,
    verb: str,
    target: bytes,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
) -> Answer:
    """One request on a connection of its own."""
    given = list(headers)
    if body is not None and not {"Content-Length", "Transfer-Encoding"} & {n for n, _ in given}:
        given.append(("Content-Length", str(len(body))))
    async with connected(port) as (reader, writer):
        writer.write(head(verb, target, given) + (body or b""))
        return await answer_on(reader, has_body=verb != "HEAD")


def chunked(chunks: Iterable[bytes]) -> bytes:
    """A body in chunks, without the end that says it is whole."""
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks)
