"""One client of the live channel: what becomes of the frames that it sends."""

import time
from collections.abc import Coroutine

import orjson

from domain.closing import BAD_REQUEST, NOT_TEXT, TOO_FAST
from handlers.live.incoming import Incoming
from handlers.live.strict import BINARY, Broken
from push.connection import CLOSED, Connection
from services.app import App


class Client:
    """A `handlers.live.transport.Peer` for a connection that was opened."""

    __slots__ = ("_allowance", "_app", "_connection", "_incoming", "_last_s")

    def __init__(self, app: App, connection: Connection):
        self._app, self._connection = app, connection
        self._incoming: Incoming | None = None  # most never send a thing
        self._allowance, self._last_s = float(app.settings.live.frames_per_s), 0.0

    def on_frame(self) -> None:
        """Every frame counts, whatever is in it. Unused allowance is kept for one second."""
        rate, now_s = self._app.settings.live.frames_per_s, time.monotonic()
        grown = self._allowance + (now_s - self._last_s) * rate
        self._allowance, self._last_s = min(grown, float(rate)) - 1, now_s
        if self._allowance < 0 and self._connection.state != CLOSED:
            raise Broken(TOO_FAST, "too many frames")

    def on_message(self, opcode: int, payload: bytes) -> Coroutine[None, None, None] | None:
        """Begin to do what it asks for, unless it is closed or broken."""
        connection = self._connection
        if connection.state == CLOSED:
            return None
        connection.heard(time.monotonic())
        if opcode == BINARY:
            connection.close(NOT_TEXT, "text frames only")
            return None
        try:
            frame = orjson.loads(payload)
        except orjson.JSONDecodeError:
            connection.close(BAD_REQUEST, "not JSON")
            return None
        if not isinstance(frame, dict):
            connection.close(BAD_REQUEST, "not a JSON object")
            return None
        self._incoming = self._incoming or Incoming(self._app, connection)
        return self._incoming.take(frame)

    def on_pong(self) -> None:
        self._connection.heard(time.monotonic())

    def fail(self, code: int, reason: str) -> None:
        """The client broke the protocol."""
        self._connection.close(code, reason)

    def on_close(self) -> None:
        self._app.live.close(self._connection)
