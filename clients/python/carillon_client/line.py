"""The line that does not give up: it comes back, resumes where it was, notices a dead one."""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from carillon_client.credentials import Credential
from carillon_client.errors import Ended, ended
from carillon_client.events import Frame
from carillon_client.poll_way import PollWay
from carillon_client.socket_way import SocketWay
from carillon_client.stream_way import StreamWay
from carillon_client.timing import Backoff, Timing, retry_after_s
from carillon_client.ways import CUT, Choice, Lost, Refused, Way, WayName

OPENERS: Mapping[WayName, Any] = {
    "websocket": SocketWay.open,
    "events": StreamWay.open,
    "polling": PollWay.open,
}
RENEW = 3010
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

    def __init__(
        self,
        base_url: str,
        query: Mapping[str, str],
        credential: Credential,
        timing: Timing,
        ways: Sequence[WayName],
    ):
        self.cursor: str | None = None
        self.is_resuming = False
        """Whether the connection continues what came before it."""
        self._base_url, self._query = base_url, query
        self._choice = Choice(ways)
        self._credential, self._timing = credential, timing
        self._backoff = Backoff(timing)
        self._way: Way | None = None
        self._ended: Ended | None = None
        self._is_closed = False
        self._dialling: asyncio.Task[None] | None = None
        self._has_renewed = False
        self._header = ""
        self._greeted_at: float | None = None
        self._silence_s = self._patience_s = 0.0
        self._due_at = self._wished_s = 0.0
        self._owed_acks, self._ack_at = 0, 0.0

    @property
    def is_online(self) -> bool:
        return self._greeted_at is not None

    @property
    def way(self) -> WayName:
        """How the server is reached, or tried to be."""
        return self._choice.name

    async def receive(self) -> Frame | None:
        """The server's next frame, coming back as often as it takes; None once closed.

        Raises `Ended` when the server says not to come back. Cancelling it loses nothing.
        """
        while not self._is_closed:
            if self._ended is not None:
                raise self._ended
            if self._way is None:
                await self._come()
            elif (frame := await self._next_frame(self._way)) is not None:
                return frame
        return None

    async def send(self, frame: Frame) -> None:
        """Send a frame on the open connection; without one nothing is sent."""
        if self._way is not None and self.is_online:
            await self._way.send(frame)

    async def renew(self, token: str) -> None:
        """Let the open connection go on with this token, if need be by making it anew."""
        if self._way is not None and self._way.can_send:
            await self.send({"type": "auth", "token": token})
        elif self._way is not None:
            self._lost(RENEW)

    async def close(self) -> None:
        """Hang up for good; may be called twice."""
        self._is_closed = True
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait([self._dialling])
        way, self._way = self._way, None
        if way is not None:
            await way.close()

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
        since = {} if self.cursor is None else {"since": self.cursor}
        limit_s = self._timing.handshake_s * self._timing.scale
        opener = OPENERS[self._choice.name]
        try:
            way = await opener(self._base_url, header, {**self._query, **since}, limit_s=limit_s)
        except Refused as refusal:
            await self._refused(refusal, header)
        except Lost:
            self._failed()
        except OSError:  # nobody is there, whichever way
            self._lost(CUT)
        else:
            self._way, self._header, self._has_renewed = way, header, False
            self._silence_s = self._patience_s = limit_s

    def _failed(self) -> None:
        """The server was reached, and nothing came about."""
        self._choice.failed()
        self._lost(CUT)

    async def _refused(self, refusal: Refused, header: str) -> None:
        """An answer of another kind: some of it passes, some is for good, or for this way."""
        status = refusal.status
        self._hang_up()
        if status == HTTPStatus.UNAUTHORIZED and await self._has_another(header):
            self._due_at = _now_s()
        elif status == HTTPStatus.BAD_REQUEST and self.cursor is not None:
            self.cursor = None  # which is all that may be wrong with the request
            self._lost(CUT)
        elif status in PASSING or status == HTTPStatus.SERVICE_UNAVAILABLE:
            self._wished_s = retry_after_s(refusal.headers.get("retry-after"))
            self._lost(CUT)
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._failed()
        elif status == HTTPStatus.UNAUTHORIZED or not self._choice.refused():
            self._ended = ended(status)
        else:
            self._due_at = _now_s()

    async def _has_another(self, header: str) -> bool:
        """Whether a fresh token can be had; tried once in a row."""
        if self._has_renewed:
            return False
        self._has_renewed = True
        return await self._credential.renew_after(header)

    # Hearing

    async def _next_frame(self, way: Way) -> Frame | None:
        """None for what is no frame, and for the end of the connection.

        Only time spent waiting counts as silence: a caller who is slow hears late, that is all.
        """
        began = _now_s()
        try:
            async with asyncio.timeout(self._patience_s):
                frame = await way.receive()
            self._patience_s = self._silence_s
        except Refused as refusal:
            await self._refused(refusal, self._header)
        except Lost as end:
            self._lost(end.code, end.reason)
        except (TimeoutError, OSError):
            self._lost(CUT)
        except asyncio.CancelledError:
            self._patience_s -= _now_s() - began
            raise
        else:
            frame = self._take(frame)
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
        self._choice.worked()
        ping_s = _number(hello.get("ping")) or self._timing.handshake_s
        self._silence_s = self._timing.silent_pings * ping_s * self._timing.scale
        self._patience_s = self._silence_s

    # Going

    def _hang_up(self) -> None:
        """Let go of the connection, if there is one: what it was good for is remembered."""
        way, self._way = self._way, None
        if way is not None:
            way.abort()
        if self._greeted_at is not None:
            lived_s = (_now_s() - self._greeted_at) / self._timing.scale
            self._choice.was_lost(lived_s)
            if lived_s > self._timing.stable_s:
                self._backoff.reset()
        elif way is not None:
            self._choice.failed()
        self._greeted_at = None

    def _lost(self, code: int, reason: str = "") -> None:
        """The connection is over, or none came about: when to come back, if at all."""
        self._hang_up()
        if 3500 <= code <= 3999:
            self._ended = ended(code, reason)
            return
        wait_s = self._wished_s + self._backoff.next_s(soon=code in AT_ONCE)
        self._wished_s, self._due_at = 0.0, _now_s() + wait_s * self._timing.scale


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _cursor_of(frame: Frame) -> str | None:
    cursor = frame.get("cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _number(value: object) -> float:
    """A positive number, or 0."""
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0
