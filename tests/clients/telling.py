"""The server's end of an event stream, as the player of cases speaks on it."""

import asyncio
import json
from contextlib import suppress

from tests.clients.calls import Call

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Telling:
    """A `tests.clients.stage.Conversation` in which only the server speaks."""

    def __init__(self, call: Call):
        self.call = call
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.close_code: int | None = 1000  # a client has no other way to say why it goes
        call.writer.write(HEAD.encode())
        self.task = asyncio.create_task(self._listen())

    @property
    def is_open(self) -> bool:
        return not self.closed.is_set()

    def say(self, data: str | bytes, pieces: int = 1) -> None:
        """A frame as an event, if need be in pieces."""
        whole = _event(data if isinstance(data, str) else data.decode())
        size = -(-len(whole) // pieces)
        for start in range(0, len(whole), size):
            self.call.writer.write(whole[start : start + size])

    def say_half(self, text: str) -> None:
        whole = _event(text)
        self.call.writer.write(whole[: len(whole) // 2])

    def close(self, code: int | None) -> None:
        """The last event, and the end of the answer; for None the end alone."""
        if code is not None:
            self.say(json.dumps({"type": "close", "code": code, "reason": ""}))
        self.call.writer.close()

    async def cut(self) -> None:
        with suppress(ConnectionError):
            await self.call.writer.drain()
        self.call.cut()

    async def _listen(self) -> None:
        with suppress(ConnectionError):
            while await self.call.reader.read(65_536):
                continue
        self.closed.set()
        self.call.writer.close()


def _event(text: str) -> bytes:
    frame = json.loads(text)
    where = f"id: {frame['cursor']}\n" if "cursor" in frame else ""
    return f"event: {frame['type']}\n{where}data: {text}\n\n".encode()
