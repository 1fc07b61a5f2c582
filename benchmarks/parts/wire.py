"""The generator's side of the wire: bare sockets on one epoll, every read stamped.

A websocket library costs more per frame than the server under test; this costs a few µs. All
times are this process's `perf_counter`, so no clocks are compared.
"""

import base64
import gc
import json
import os
import resource
import select
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from benchmarks.parts.programs import RunError

HOST = "127.0.0.1"
READ_BYTES = 65_536
HEAD_END = b"\r\n\r\n"
MARK = b"@@"
MARK_DIGITS = 8
TEXT, CLOSE, PING = 1, 8, 9
PONG_HEAD = 0x8A
UNDER_WAY = 32
SHORT, MEDIUM = 126, 127  # lengths that say that two or eight bytes of length follow
CONNECT_LIMIT_S = 60.0
VERSION = {"Sec-WebSocket-Version": "13"}

Arrived = Callable[[int, float], None]
Answered = Callable[[float], None]


def marked(number: int, size: int = 200) -> str:
    """A text of ``size`` bytes that carries a number past any envelope."""
    return f"@@{number:0{MARK_DIGITS}d}@@".ljust(size, "x")


class End:
    """One non-blocking socket of the wire."""

    def __init__(self, port: int):
        self._port = port
        self.open()

    def open(self) -> None:
        """Connect, for the first time or again."""
        self.socket = socket.create_connection((HOST, self._port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Closing resets: thousands of sockets would else hold their ports for a minute.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.setblocking(False)

    @property
    def may_go(self) -> bool:
        """May the server close it now?"""
        return False

    def take(self, data: bytes, now: float) -> None:
        """Handle what was read at ``now``."""
        raise NotImplementedError


class Wire:
    """All sockets of a run. Nothing happens unless `turn` is called."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._ends: dict[int, End] = {}
        self.reads = 0

    def add(self, end: End) -> None:
        self._ends[end.socket.fileno()] = end
        self._epoll.register(end.socket.fileno(), select.EPOLLIN)

    def remove(self, end: End) -> None:
        number = end.socket.fileno()
        self._epoll.unregister(number)
        del self._ends[number]
        end.socket.close()

    def close(self) -> None:
        for end in list(self._ends.values()):
            self.remove(end)
        self._epoll.close()

    def turn(self, wait_s: float) -> None:
        """Read once whatever can be read; wait for it at most so long."""
        for number, _ in self._epoll.poll(wait_s):
            try:
                data = os.read(number, READ_BYTES)
            except ConnectionError:
                data = b""
            self.reads += 1
            end = self._ends[number]
            if data or not end.may_go:
                end.take(data, perf_counter())
            else:
                self.remove(end)

    def reopen(self, end: End) -> None:
        """Connect again if it was closed."""
        if end.socket.fileno() < 0:
            end.open()
            self.add(end)

    def run_until(self, is_done: Callable[[], bool], limit_s: float, what: str) -> None:
        """Turn until it is done; `RunError` says what was not within the limit."""
        deadline = perf_counter() + limit_s
        while not is_done():
            self.turn(0.1)
            if perf_counter() > deadline:
                raise RunError(f"{what}: not within {limit_s:g} s")

    def rest(self, seconds: float) -> None:
        """Read on for so long."""
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0:
            self.turn(left)


class Ear(End):
    """One websocket that listens; it answers pings and hands over the numbers of `marked` texts.

    It is open once the server greeted it: with a text frame that begins so or, when ``greeting``
    is empty, with the handshake itself. ``replies`` are texts by how what they answer begins.
    """

    def __init__(
        self,
        port: int,
        headers: Mapping[str, str],
        greeting: bytes,
        arrived: Arrived,
        *,
        path: str = "/live",
        replies: Mapping[bytes, bytes] | None = None,
    ):
        super().__init__(port)
        self._greeting, self._arrived, self._replies = greeting, arrived, replies or {}
        self._rest = b""
        self._is_upgraded = self.is_open = False
        self.others = 0  # frames without a mark
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key}
        self.socket.send(_request("GET", path, {**headers, **upgrade, **VERSION}))

    def take(self, data: bytes, now: float) -> None:
        if not data:
            raise RunError("the server closed a websocket")
        data = self._rest + data if self._rest else data
        if not self._is_upgraded:
            data = self._upgraded(data)
        self._rest = self._frames(data, now) if self._is_upgraded else data

    def _upgraded(self, data: bytes) -> bytes:
        """What follows the handshake, once it is complete."""
        head, end, rest = data.partition(HEAD_END)
        if not end:
            return data
        if not head.startswith(b"HTTP/1.1 101"):
            raise RunError(f"no websocket: {data[:300]!r}")
        self._is_upgraded, self.is_open = True, not self._greeting
        return rest

    def _frames(self, data: bytes, now: float) -> bytes:
        """Handle every whole frame; returns the rest."""
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= SHORT:
                wide = 2 if length == SHORT else 8
                length = int.from_bytes(data[start : start + wide], "big")
                start += wide
            if start + length > size:
                break
            self._frame(data[at] & 15, data[start : start + length], now)
            at = start + length
        return data[at:]

    def _frame(self, opcode: int, payload: bytes, now: float) -> None:
        mark = payload.find(MARK) + len(MARK)
        if opcode == TEXT and mark >= len(MARK):
            self._arrived(int(payload[mark : mark + MARK_DIGITS]), now)
        elif opcode == PING:
            self.socket.send(bytes((PONG_HEAD, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
        elif opcode == CLOSE:
            raise RunError(f"the server closed a websocket: {payload!r}")
        elif self.is_open and not self._replies:
            self.others += 1
        else:
            self.is_open = self.is_open or payload.startswith(self._greeting)
            self._reply(payload)

    def _reply(self, payload: bytes) -> None:
        for beginning, text in self._replies.items():
            if payload.startswith(beginning):
                head = bytes((0x80 | TEXT, 0x80 | len(text), 0, 0, 0, 0))
                self.socket.send(head + text)


class Mouth(End):
    """One HTTP connection that is kept open, for one request at a time."""

    def __init__(self, port: int, token: str):
        super().__init__(port)
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self._rest = b""
        self._answered: Answered | None = None

    @property
    def may_go(self) -> bool:
        """A connection that is kept for a next request is closed after a while."""
        return self._answered is None

    def post(self, path: str, body: Mapping[str, Any], answered: Answered) -> float:
        """Send; ``answered`` is called when the answer, which must be a 2xx, is whole."""
        content = json.dumps(body).encode()
        length = {"Content-Length": str(len(content))}
        request = _request("POST", path, {**self._headers, **length}) + content
        self._answered, started = answered, perf_counter()
        self.socket.send(request)
        return started

    def take(self, data: bytes, now: float) -> None:
        self._rest += data
        if not data or not self._rest.startswith(b"HTTP/1.1 2"[: len(self._rest)]):
            raise RunError(f"refused: {self._rest[:500]!r}")
        head, end, content = self._rest.partition(HEAD_END)
        if end and len(content) >= _length(head):
            self._rest, answered, self._answered = b"", self._answered, None
            assert answered is not None
            answered(now)


def _request(verb: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{verb} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def open_all(
    wire: Wire, makers: Sequence[Callable[[], Ear]], under_way: int = UNDER_WAY
) -> list[Ear]:
    """Open websockets, so many at a time; returns them all open."""
    ears: list[Ear] = []
    for maker in makers:
        ears.append(maker())
        wire.add(ears[-1])
        _wait_for(wire, ears[:-under_way][-1:])
    _wait_for(wire, ears)
    return ears


def _wait_for(wire: Wire, ears: Sequence[Ear]) -> None:
    wire.run_until(lambda: all(ear.is_open for ear in ears), CONNECT_LIMIT_S, "handshakes")


def prepare_process(sockets: int) -> None:
    """Allow so many sockets and keep the collector out of the timings."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if sockets > hard:
        raise RunError(f"{sockets} files are needed and {hard} allowed: ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * sockets)), hard))
    gc.collect()
    gc.freeze()
    gc.disable()
