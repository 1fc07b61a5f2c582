"""The client: `Carillon` hears of every change once, reads, marks and sends."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from carillon_client import known
from carillon_client.credentials import Credential, Token
from carillon_client.events import (
    Change,
    Event,
    Frame,
    Reset,
    Unread,
    change_of,
    refused_of,
    unread_of,
)
from carillon_client.known import Known
from carillon_client.line import Line
from carillon_client.lists import LiveList
from carillon_client.rest import Boxed, Page, Rest, Sent
from carillon_client.timing import USUAL, Timing
from carillon_client.ways import WAYS, WayName

RECEIVED = ("message", "notice")
REMEMBERED = 20_000

T = TypeVar("T")


class Stream(AsyncIterator[T], Generic[T]):
    """What a loop reads. Waiting for the next one may be cancelled and begun again."""

    def __init__(self, following: Callable[[], Awaitable[T | None]]):
        self._following = following

    async def __anext__(self) -> T:
        following = await self._following()
        if following is None:
            raise StopAsyncIteration
        return following


class Carillon:
    """One user's mailbox on a server.

    ``token`` is a text, or a function (also a coroutine function) that gives one: it is called at
    first use and after each 401. ``state`` is what `state` said before: changes go on from there.
    ``remember`` bounds for how many items the last version is remembered, some 200 bytes each.
    ``ways`` are those to reach the server by, the best first.
    Use one object in one event loop.
    """

    def __init__(  # noqa: PLR0913 - options, each with its default
        self,
        base_url: str,
        token: Token,
        *,
        state: str | None = None,
        device: str | None = None,
        remember: int = REMEMBERED,
        timing: Timing = USUAL,
        ways: Sequence[WayName] = WAYS,
    ):
        base_url = _checked(base_url.rstrip("/"))
        credential = Credential(token)
        self._rest = Rest(base_url, credential, timing)
        query = {} if device is None else {"device": device}
        self._line = Line(base_url, query, credential, timing, ways)
        self._credential = credential
        self._known = Known(remember)
        self._lists: WeakSet[LiveList] = WeakSet()
        self._ready: deque[Event] = deque()
        self._must_relist = self._is_waiting = False
        self._unread = Unread()
        if state is not None:
            self._line.cursor = known.restore(state, self._known)
        self._has_read = self._line.cursor is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up; whoever iterates comes to the end. May be called twice."""
        await self._line.close()

    # Hearing

    @property
    def unread(self) -> Unread:
        """The counters as of the last event handed out."""
        return self._unread

    @property
    def is_online(self) -> bool:
        return self._line.is_online

    @property
    def way(self) -> WayName:
        """How the server is reached: "websocket", or "events" or "polling" where that is barred."""
        return self._line.way

    def state(self) -> str:
        """A text to go on from after a restart: all that was handed out so far will not come again.

        To be saved after a change was dealt with: the one that is being dealt with is in it.
        """
        return known.save(self._line.cursor, self._known)

    def changes(self) -> AsyncIterator[Change | Reset]:
        """Every change once, for as long as one iterates: it reconnects and resumes by itself.

        Raises `Ended` when the server says not to come back. Whoever takes his time is sent no
        more than fits into the buffers; nothing is lost. A loop may be left and another begun,
        which goes on where the first was; one at a time.
        """
        return Stream(self._next_change)

    def events(self) -> AsyncIterator[Event]:
        """As `changes`, with the unread counters and what the server refused."""
        return Stream(self._next)

    async def _next_change(self) -> Change | Reset | None:
        while True:
            event = await self._next()
            if event is None or isinstance(event, Change | Reset):
                return event

    async def _next(self) -> Event | None:
        if self._is_waiting:
            raise RuntimeError("another loop reads the changes")
        self._is_waiting = True
        try:
            return await self._hear()
        finally:
            self._is_waiting = False

    async def _hear(self) -> Event | None:
        """None once closed. An event is in `state` as it is handed out: nothing waits between."""
        while True:
            if self._must_relist:
                await self._relist()
                return Reset()
            if self._ready:
                return self._ready.popleft()
            frame = await self._line.receive()
            if frame is None:
                return None
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "change":
            self._change(frame)
        elif kind == "hello":
            self._greet(frame)
        elif kind == "unread":
            self._count(unread_of(frame, self._unread.at))
        elif kind == "reset":
            self._reset()
        elif kind == "error":
            self._ready.append(refused_of(frame))

    def _change(self, frame: Frame) -> None:
        change = change_of(frame)
        if change is not None and self._known.take(change.key, change.version):
            for one in self._lists:
                one.apply(change)
            self._ready.append(change)

    def _greet(self, hello: Frame) -> None:
        counts = hello.get("unread")
        if isinstance(counts, Mapping):
            fresh = unread_of(counts, self._unread.at)
            # The newest there is, also when this server's clock is behind the one before.
            self._unread = replace(self._unread, at=min(self._unread.at, fresh.at))
            self._count(fresh)
        if self._has_read and not self._line.is_resuming:
            self._reset()
        self._has_read = True

    def _count(self, unread: Unread) -> None:
        if unread.at < self._unread.at:
            return
        is_news, self._unread = unread != self._unread, unread
        if is_news:
            self._ready.append(unread)

    def _reset(self) -> None:
        self._known.clear()
        self._must_relist = True

    async def _relist(self) -> None:
        for one in list(self._lists):
            await one.load()
        self._must_relist = False

    # Reading

    async def items(
        self,
        kinds: Sequence[str] = RECEIVED,
        *,
        cursor: str | None = None,
        limit: int = 50,
        **query: Any,
    ) -> Page:
        """One page of ``GET /inbox/items/``, newest first; ``query`` as that route takes it.

        What it shows is not handed out as a change again. Read before the first change, changes
        go on from where the page was true.
        """
        self._has_read = True
        more = {} if cursor is None else {"cursor": cursor}
        page = await self._rest.items({"kind": list(kinds), "limit": limit, **more, **query})
        for item in page.items:
            self._known.take((item["kind"], item["id"]), item["version"])
        if self._line.cursor is None:
            self._line.cursor = page.cursor
        return page

    def list(
        self, kinds: Sequence[str] = RECEIVED, *, unread: bool = False, limit: int = 50
    ) -> LiveList:
        """A list that follows every change that is handed out, for as long as somebody holds it.

        Call its `load` once.
        """
        query = {"unread": "true"} if unread else {}

        async def fetch(cursor: str | None) -> Page:
            return await self.items(kinds, cursor=cursor, limit=limit, **query)

        made = LiveList(fetch, kinds, unread=unread)
        self._lists.add(made)
        return made

    # Writing: each is repeated until there is an answer

    async def send(
        self, content: str, recipient_ids: Sequence[int], *, key: str | None = None
    ) -> Sent:
        """Send a message, once: also when called again with the same ``key``."""
        body = {"content": content, "recipient_ids": list(recipient_ids)}
        return await self._rest.send("message", body, key)

    async def notify(
        self,
        content: str,
        *,
        recipient_ids: Sequence[int] | None = None,
        audience: Any = None,
        expires_at: str | None = None,
        key: str | None = None,
    ) -> Sent:
        """Send a notice to people, or to an audience: "everyone" or ``{"group_ids": […]}``."""
        fields = {"recipient_ids": recipient_ids, "audience": audience, "expires_at": expires_at}
        given = {name: value for name, value in fields.items() if value is not None}
        return await self._rest.send("notice", {"content": content, **given}, key)

    async def mark_read(self, kind: Literal["message", "notice"], ids: Sequence[int]) -> None:
        await self._rest.mark(kind, ids, is_read=True)

    async def mark_unread(self, kind: Literal["message", "notice"], ids: Sequence[int]) -> None:
        await self._rest.mark(kind, ids, is_read=False)

    async def delete(self, kind: Boxed, ids: Sequence[int]) -> None:
        """Delete received items, or sent ones (kind "sent"). Gone already is fine."""
        await self._rest.delete(kind, ids)

    async def renew(self) -> None:
        """Get a fresh token and hand it to the open connection; a refusal comes as an event."""
        await self._line.renew(await self._credential.renew())


def _checked(base_url: str) -> str:
    scheme, rest = urlsplit(base_url).scheme, base_url.partition("://")[2]
    if scheme not in ("http", "https") or not rest:
        raise ValueError(f"not the address of a server: {base_url!r}")
    return base_url
