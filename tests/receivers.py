"""A receiver of calls on a real socket: keeps what came, and answers as it is told to."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import responses
from types import TracebackType
from typing import Any, Self

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.sites import until


@dataclass(frozen=True)
class Got:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


@dataclass
class Reply:
    """How to answer; ``gate`` is waited for first."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    gate: asyncio.Event | None = None


class Receiver:
    """``async with Receiver() as receiver``; ``answers`` are used up in order, then 200."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: list[Reply] = []
        self.always = Reply()

    async def __aenter__(self) -> Self:
        listening, self.port = bind_unused_port()
        self._server = HTTPServer(
            Application([(r".*", _Handler, {"receiver": self})], log_function=lambda handler: None)
        )
        self._server.add_socket(listening)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop()
        await self._server.close_all_connections()

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def has(self, count: int) -> list[Got]:
        """All that came, once there are so many; fails when it does not get there."""
        await until(lambda: len(self.got) >= count)
        assert len(self.got) == count, self.got
        return self.got

    def take(self, got: Got) -> Reply:
        self.got.append(got)
        return self.answers.pop(0) if self.answers else self.always


class _Handler(RequestHandler):
    def initialize(self, receiver: Receiver) -> None:
        self.receiver = receiver

    async def post(self) -> None:
        request = self.request
        headers = dict(request.headers)
        got = Got(request.method or "", request.path, headers, request.body, request.query)
        reply = self.receiver.take(got)
        if reply.gate is not None:
            await reply.gate.wait()
        self.set_status(reply.status, None if reply.status in responses else "Odd")
        for name, value in reply.headers.items():
            self.set_header(name, value)
        self.finish(reply.body or None)

    get: Callable[..., Any] = post
    delete: Callable[..., Any] = post

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """What fails here fails the test by what did not come."""

    def on_finish(self) -> None: ...


async def eventually(holds: Callable[[], Any], limit_s: float = 10.0) -> None:
    """Return once the coroutine that ``holds`` makes says yes."""
    async with asyncio.timeout(limit_s):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
