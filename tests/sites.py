"""A whole Carillon in the test's own loop: real HTTP, real sockets, real stores."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import websockets
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from carillon import Carillon
from domain.clock import Clock
from embedded.stores import Endpoints
from handlers.routes import application
from models.database import Database
from models.users import NewUser
from settings import Settings
from tests.answers import judge_of
from tests.conftest import StoreUris
from tests.servers import answering

LIMIT_S = 10.0

_M = TypeVar("_M", bound=AbstractAsyncContextManager[Any])


@dataclass(frozen=True)
class Person:
    """A user of a test, with a token."""

    id: int
    name: str
    token: str


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``json`` is None for an empty body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Site:
    """One process's Carillon, as ``async with Site(settings, uris) as site``.

    ``is_judged``: an answer that the description of the API does not allow fails the test.
    """

    is_judged = False

    def __init__(
        self,
        settings: Settings,
        uris: StoreUris,
        *,
        wall: Any = None,
        listeners: Sequence[Any] = (),
    ):
        self.settings = settings
        self.carillon = Carillon(settings, Endpoints(uris.mongodb, uris.redis))
        if wall is not None:
            self.carillon.clock = Clock(wall)
        if listeners:  # of pymongo: they hear every command
            self.carillon.database.close()
            name = settings.mongodb.database
            self.carillon.database = Database(uris.mongodb, name, listeners=listeners)
            self.carillon._undo.callback(self.carillon.database.close)

    async def __aenter__(self) -> Self:
        self.app = await self.carillon.begin()
        self.web = application(self.app)
        self._http = answering(self.web)
        self.port = await self._http.__aenter__()
        await self.carillon.start_loops()
        self.base = f"http://127.0.0.1:{self.port}"
        await until(lambda: self.carillon.broker.is_linked)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.app.live.drain(0.1)
        self.web.settings["sockets"].cut()
        await self._http.__aexit__(None, None, None)
        await self.carillon.end()

    async def person(self, name: str, **fields: Any) -> Person:
        """A new user with a token; ``fields`` as `NewUser` takes them."""
        user = await self.app.accounts.add(NewUser(name, **fields))
        return Person(user, name, await self.app.accounts.credentials.make_token(user))

    async def people(self, *names: str) -> list[Person]:
        return [await self.person(name) for name in names]

    async def admin(self, name: str = "admin") -> Person:
        return await self.person(name, is_admin=True)

    async def request(
        self,
        verb: str,
        path: str,
        who: Person | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; a body that is not bytes is sent as JSON. Redirects are not followed."""
        sent = dict(headers or {})
        if who is not None:
            sent.setdefault("Authorization", f"Token {who.token}")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        response: HTTPResponse = await AsyncHTTPClient().fetch(
            self.base + path,
            method=verb,
            headers=sent,
            body=data,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=LIMIT_S,
        )
        answer = Answer(response.code, response.headers, response.body)
        if self.is_judged:
            misfit = judge_of(self.settings).wrong(verb, path, answer.status, answer)
            assert misfit is None, misfit
        return answer

    async def send(self, who: Person, content: str, *to: Person) -> Answer:
        """A message; fails unless it is accepted."""
        body = {"content": content, "recipient_ids": [one.id for one in to]}
        answer = await self.request("POST", "/messages/send/", who, body=body)
        assert answer.status == 201, answer
        return answer

    async def socket(self, who: Person, since: str | None = None) -> "Socket":
        """A live connection that was greeted."""
        query = f"?since={since}" if since else ""
        connection = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/live{query}",
            subprotocols=[websockets.Subprotocol("carillon.v1")],
            additional_headers={"Authorization": f"Token {who.token}"},
            max_size=None,
        )
        return await Socket(connection).greeted()


class Socket:
    """The client's end of a live connection."""

    def __init__(self, connection: websockets.ClientConnection):
        self.connection = connection
        self.cursor = ""

    async def greeted(self) -> Self:
        self.hello = await self.frame("hello")
        return self

    async def any_frame(self) -> dict[str, Any]:
        async with asyncio.timeout(LIMIT_S):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
        self.cursor = frame.get("cursor", self.cursor)
        return frame

    async def frame(self, kind: str) -> dict[str, Any]:
        """The next frame of a type; others before it are passed over."""
        while True:
            frame = await self.any_frame()
            if frame["type"] == kind:
                return frame

    async def change(self, kind: str | None = None) -> dict[str, Any]:
        while True:
            frame = await self.frame("change")
            if kind in (None, frame["kind"]):
                return frame

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def close_code(self) -> int | None:
        """Wait until the server closes; the code it gave."""
        async with asyncio.timeout(LIMIT_S):
            await self.connection.wait_closed()
        return self.connection.close_code

    async def close(self) -> None:
        await self.connection.close()


@contextmanager
def within(loop: Any, made: _M) -> Iterator[_M]:
    """What is entered and left on a loop, for a fixture that has one."""
    loop.run_sync(made.__aenter__)
    yield made
    loop.run_sync(lambda: made.__aexit__(None, None, None))


async def until(holds: Any, limit_s: float = LIMIT_S) -> None:
    """Return as soon as ``holds()``; fail when it never does within the limit."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
