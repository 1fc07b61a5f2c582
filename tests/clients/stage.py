"""A server that does what a script says: calls wait in queues until a step deals with them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tests.clients.calls import Call, read_call
from tests.clients.telling import Telling

SUBPROTOCOL = "carillon.v1"
WAYS = {"/live": "websocket", "/live/events": "events"}


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
    """Listens; ``dialled`` are handshakes and requests for event streams, ``asked`` other requests.

    What is in ``house``, by method and path, is answered without a script.
    """

    def __init__(self) -> None:
        self.house: dict[tuple[str, str], Callable[[Call], None]] = {}
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._calls: list[Call] = []
        self._conversations: list[Conversation | Telling] = []
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

    def converse(self, call: Call) -> Conversation | Telling:
        """Accept a handshake, or a request for an event stream."""
        of_way = Conversation if WAYS[call.path] == "websocket" else Telling
        self._conversations.append(of_way(call))
        return self._conversations[-1]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        try:
            call = await read_call(reader, writer)
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
            (self.dialled if call.path in WAYS else self.asked).put_nowait(call)
