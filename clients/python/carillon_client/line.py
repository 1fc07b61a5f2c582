"""The websocket that does not give up: it comes back, resumes where it was, notices a dead line."""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.typing import Data, Subprotocol

from carillon_client.credentials import Credential
from carillon_client.errors import Ended, ended
from carillon_client.events import Frame
from carillon_client.timing import Backoff, Timing, retry_after_s

PROTOCOL: Final = Subprotocol("carillon.v1")
MOST_FRAME_BYTES = 64 * 1024 * 1024
CLOSE_LIMIT_S = 2.0
CUT = 1006
AT_ONCE = {3001, 3010}
"""The server restarts, or wants the connection made anew."""
ACKNOWLEDGED_PINGS = 2
"""So many after a change are acknowledged, for a cursor lies behind what was told."""
PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Refusals below 500 that may be none the next time."""


class Line:
    """Where frames come from. Only `receive` does anything: nothing runs behind the caller's back.

    While nobody receives, at most a few frames are read ahead and the server is kept waiting.
    """

    def __init__(self, url: str, query: Mapping[str, str], credential: Credential, timing: Timing):
        self.cursor: str | None = None
        self.is_resuming = False
        """Whether the connection continues what came before it."""
        self._url, self._query = url, query
        self._credential, self._timing = credential, timing
        self._backoff = Backoff(timing)
        self._socket: ClientConnection | None = None
        self._ended: Ended | None = None
        self._is_closed = False
        self._dialling: asyncio.Task[None] | None = None
        self._has_renewed = False
        self._greeted_at: float | None = None
        self._silence_s = self._patience_s = 0.0
        self._due_at = self._wished_s = 0.0
        self._owed_acks, self._ack_at = 0, 0.0

    @property
    def is_online(self) -> bool:
        return self._greeted_at is not None

    async def receive(self) -> Frame | None:
        """The server's next frame, coming back as often as it takes; None once closed.

        Raises `Ended` when the server says not to come back. Cancelling it loses nothing.
        """
        while not self._is_closed:
            if self._ended is not None:
                raise self._ended
            if self._socket is None:
                await self._come()
            elif (frame := await self._next_frame(self._socket)) is not None:
                return frame
        return None

    async def send(self, frame: Frame) -> None:
        """Send a frame on the open connection; without one nothing is sent."""
        if self._socket is not None and self.is_online:
            try:
                await self._socket.send(json.dumps(frame))
            except ConnectionClosed:
                return

    async def close(self) -> None:
        """Hang up for good; may be called twice."""
        self._is_closed = True
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait([self._dialling])
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    # Coming

    async def _come(self) -> None:
        """Dial; a handshake goes on when the wait for it is cancelled, and is waited for again."""
        if self._dialling is None:
            self._dialling = asyncio.create_task(self._dial())
        await asyncio.wait([self._dialling])
        dialling, self._dialling = self._dialling, None
        if not dialling.cancelled():
            dialling.result()

    async def _dial(self) -> None:
        await asyncio.sleep(self._due_at - _now_s())
        header = await self._credential.header()
        self.is_resuming = self.cursor is not None
        try:
            socket = await self._connect(header)
        except InvalidStatus as refusal:
            await self._refused(refusal.response, header)
        except (OSError, WebSocketException):
            self._lost(CUT)
        else:
            self._socket, self._has_renewed = socket, False
            self._silence_s = self._patience_s = self._timing.handshake_s * self._timing.scale

    async def _connect(self, header: str) -> ClientConnection:
        since = {} if self.cursor is None else {"since": self.cursor}
        return await connect(
            f"{self._url}?{urlencode({**self._query, **since})}",
            additional_headers={"Authorization": header},
            subprotocols=[PROTOCOL],
            open_timeout=self._timing.handshake_s * self._timing.scale,
            close_timeout=CLOSE_LIMIT_S,
            ping_interval=None,
            max_size=MOST_FRAME_BYTES,
        )

    async def _refused(self, response: Response, header: str) -> None:
        """Refused before the upgrade: some of it passes, some is for good."""
        status = response.status_code
        if status == HTTPStatus.UNAUTHORIZED and await self._has_another(header):
            self._due_at = _now_s()
        elif status == HTTPStatus.BAD_REQUEST and self.cursor is not None:
            self.cursor = None  # which is all that may be wrong with the request
            self._lost(CUT)
        elif status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._wished_s = retry_after_s(response.headers.get("Retry-After"))
            self._lost(CUT)
        else:
            self._ended = ended(status)

    async def _has_another(self, header: str) -> bool:
        """Whether a fresh token can be had; tried once in a row."""
        if self._has_renewed:
            return False
        self._has_renewed = True
        return await self._credential.renew_after(header)

    # Hearing

    async def _next_frame(self, socket: ClientConnection) -> Frame | None:
        """None for what is no frame, and for the end of the connection.

        Only time spent waiting counts as silence: a caller who is slow hears late, that is all.
        """
        began = _now_s()
        try:
            async with asyncio.timeout(self._patience_s):
                data = await socket.recv()
            self._patience_s = self._silence_s
        except ConnectionClosed as end:
            self._lost(*((end.rcvd.code, end.rcvd.reason) if end.rcvd else (CUT, "")))
        except TimeoutError:
            self._lost(CUT)
        except asyncio.CancelledError:
            self._patience_s -= _now_s() - began
            raise
        else:
            frame = self._take(_parse(data))
            await self._acknowledge(frame)
            return frame
        return None

    async def _acknowledge(self, frame: Frame | None) -> None:
        """For receipts: all before a ping was handed on, so its cursor may be acknowledged."""
        kind = None if frame is None else frame["type"]
        if kind == "change":
            self._owed_acks = ACKNOWLEDGED_PINGS
        elif kind == "ping" and self._owed_acks and _now_s() >= self._ack_at:
            self._owed_acks -= 1
            self._ack_at = _now_s() + self._timing.ack_s * self._timing.scale
            await self.send({"type": "ack", "cursor": self.cursor})

    def _take(self, frame: Frame | None) -> Frame | None:
        if frame is None:
            return None
        if frame["type"] == "hello":
            self._greet(frame)
        elif frame["type"] == "ping":
            self.cursor = _cursor_of(frame) or self.cursor
        elif frame["type"] == "bye":
            self._wished_s = _number(frame.get("retry_ms")) / 1000
        return frame

    def _greet(self, hello: Frame) -> None:
        """Its cursor repeats ours, as long as ours is of use: what was missed is still to come."""
        self.cursor = _cursor_of(hello) or self.cursor
        self._greeted_at = _now_s()
        ping_s = _number(hello.get("ping")) or self._timing.handshake_s
        self._silence_s = self._timing.silent_pings * ping_s * self._timing.scale
        self._patience_s = self._silence_s

    # Going

    def _lost(self, code: int, reason: str = "") -> None:
        """The connection is over, or none came about: when to come back, if at all."""
        if self._socket is not None:
            self._socket.transport.abort()
        if self._greeted_at is not None:
            lived_s = _now_s() - self._greeted_at
            if lived_s > self._timing.stable_s * self._timing.scale:
                self._backoff.reset()
        self._socket = self._greeted_at = None
        if 3500 <= code <= 3999:
            self._ended = ended(code, reason)
            return
        wait_s = self._wished_s + self._backoff.next_s(soon=code in AT_ONCE)
        self._wished_s, self._due_at = 0.0, _now_s() + wait_s * self._timing.scale


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _parse(data: Data) -> Frame | None:
    """A frame; None for what is none, which is passed over."""
    try:
        frame = json.loads(data) if isinstance(data, str) else None
    except (ValueError, RecursionError):
        return None
    is_frame = isinstance(frame, dict) and isinstance(frame.get("type"), str)
    return frame if is_frame else None


def _cursor_of(frame: Frame) -> str | None:
    cursor = frame.get("cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _number(value: object) -> float:
    """A positive number, or 0."""
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0
