"""A server that does what a script says: calls wait in queues until a step deals with them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

SUBPROTOCOL = "carillon.v1"


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


class Conversation:
    """The server's end of a websocket."""

    def __init__(self, call: Call):
        self.call = call
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._protocol = ServerProtocol(subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None)
        self._protocol.receive_data(call.head)
        (request,) = self._protocol.events_received()
        self._protocol.send_response(self._protocol.accept(request))  # type: ignore[arg-type]
        self._flush()
        self.task = asyncio.create_task(self._listen())

    @property
    def is_open(self) -> bool:
        return not self.closed.is_set() and self._protocol.state is State.OPEN

    def say(self, data: str | bytes, pieces: int = 1) -> None:
        """A message, if need be in several frames."""
        if isinstance(data, bytes):
            self._protocol.send_binary(data)
        else:
            whole = data.encode()
            size = -(-len(whole) // pieces) or 1
            parts = [whole[n : n + size] for n in range(0, len(whole), size)] or [b""]
            self._protocol.send_text(parts[0], fin=len(parts) == 1)
            for n, part in enumerate(parts[1:], 2):
                self._protocol.send_continuation(part, fin=n == len(parts))
        self._flush()

    def say_half(self, text: str) -> None:
        """The first half of a message's bytes."""
        self._protocol.send_text(text.encode())
        sent = b"".join(self._protocol.data_to_send())
        self.call.writer.write(sent[: len(sent) // 2])

    def close(self, code: int | None) -> None:
        self._protocol.send_close(code)
        self._flush()

    async def cut(self) -> None:
        """Cut the connection once what was said is on its way."""
        with suppress(ConnectionError):
            await self.call.writer.drain()
        self.call.cut()

    async def _listen(self) -> None:
        with suppress(ConnectionError):
            while data := await self.call.reader.read(65_536):
                self._protocol.receive_data(data)
                for event in self._protocol.events_received():
                    self._take(event)
                self._flush()
        self.closed.set()
        self.call.writer.close()

    def _take(self, event: object) -> None:
        assert isinstance(event, Frame)
        if event.opcode is Opcode.TEXT:
            self.heard.put_nowait(bytes(event.data).decode())
        elif event.opcode is Opcode.CLOSE:
            self.close_code = int.from_bytes(event.data[:2]) if event.data else 1005
            self.closed.set()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.call.writer.write(data)
            else:
                self.call.writer.close()


class Stage:
    """Listens; ``dialled`` are handshakes at /live, ``asked`` other requests.

    What is in ``house``, by method and path, is answered without a script.
    """

    def __init__(self) -> None:
        self.house: dict[tuple[str, str], Callable[[Call], None]] = {}
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._calls: list[Call] = []
        self._conversations: list[Conversation] = []
        self.dialled: asyncio.Queue[Call] = asyncio.Queue()
        self.asked: asyncio.Queue[Call] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self.clear()
        meetings = list(self._open.values())
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*meetings)

    async def clear(self) -> None:
        """Cut all that came for a script, and forget it."""
        calls, conversations = self._calls, self._conversations
        self._calls, self._conversations = [], []
        for call in calls:
            call.cut()
        for queue in (self.dialled, self.asked):
            while not queue.empty():
                queue.get_nowait()
        await asyncio.gather(*(one.task for one in conversations))

    def converse(self, call: Call) -> Conversation:
        """Accept a handshake."""
        self._conversations.append(Conversation(call))
        return self._conversations[-1]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        try:
            call = await _read(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()
        else:
            self._receive(call)
        finally:
            del self._open[writer]

    def _receive(self, call: Call) -> None:
        at_home = self.house.get((call.method, call.path))
        if at_home is not None:
            at_home(call)
        else:
            self._calls.append(call)
            (self.dialled if call.path == "/live" else self.asked).put_nowait(call)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    at = asyncio.get_running_loop().time()
    return Call(method, parts.path, query, headers, body, head, at, reader, writer)
