"""The live channel by asking for it: what comes is told in frames, as a websocket's."""

import asyncio
import json
from collections import deque
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlencode

from carillon_client.events import Frame
from carillon_client.http_get import Get
from carillon_client.ways import Lost, Refused

PAGE = 200
WAIT_S = 25  # less than what proxies wait for an answer


class PollWay:
    """A `Way` that asks again and again. A wait that is cancelled is begun again."""

    can_send = False

    def __init__(self, base_url: str, header: str, query: dict[str, str], limit_s: float):
        self._base_url, self._header, self._limit_s = base_url, header, limit_s
        self._query = {key: value for key, value in query.items() if key != "since"}
        self._cursor = query.get("since")
        self._ready: deque[Frame] = deque()
        self._open: Get | None = None
        self._is_behind = True

    @classmethod
    async def open(
        cls, base_url: str, header: str, query: dict[str, str], *, limit_s: float
    ) -> Self:
        """The first answer greets; raises `Refused`, `Lost`, and OSError when nobody is there."""
        made = cls(base_url, header, query, limit_s)
        first = await made._ask(wait_s=0)
        cursor = made._cursor or first["cursor"]
        made._ready.append({"type": "hello", "cursor": cursor, "ping": WAIT_S})
        await made._take(first)
        return made

    async def receive(self) -> Frame | None:
        while not self._ready:
            await self._take(await self._ask(wait_s=0 if self._is_behind else WAIT_S))
        return self._ready.popleft()

    async def _take(self, answer: Any) -> None:
        self._is_behind = answer["more"]
        if answer["reset"]:
            self._ready.append({"type": "reset"})
        self._ready += answer["changes"]
        is_news = bool(answer["changes"]) or self._cursor is None
        self._cursor = answer["cursor"]
        self._ready.append({"type": "ping", "cursor": self._cursor})
        if is_news and not self._is_behind:
            await self._count()

    async def _count(self) -> None:
        """How much is unread now; next time, if it cannot be told."""
        try:
            counts = await self._json("/inbox/counts", {}, 0)
        except (OSError, Lost, Refused):
            return
        self._ready.append({"type": "unread", **counts})

    async def _ask(self, *, wait_s: int) -> Any:
        since = {} if self._cursor is None else {"since": self._cursor}
        asked = {**self._query, **since, "limit": str(PAGE)}
        if wait_s:
            asked["wait"] = str(wait_s)
        return await self._json("/live/changes", asked, wait_s)

    async def _json(self, path: str, query: dict[str, str], wait_s: int) -> Any:
        url = f"{self._base_url}{path}?{urlencode(query)}"
        sent = {"Authorization": self._header, "Accept": "application/json"}
        try:
            async with asyncio.timeout(self._limit_s + wait_s):
                self._open = await Get.ask(url, sent)
                body = await self._open.whole()
        except TimeoutError as error:
            raise Lost from error
        finally:
            await self.close()
        if self._status != HTTPStatus.OK:
            raise Refused(self._status, self._headers)
        try:
            return json.loads(body)
        except ValueError as error:
            raise Lost from error

    async def send(self, frame: Frame) -> None:
        """There is no way back."""

    def abort(self) -> None:
        if self._open is not None:
            self._open.abort()

    async def close(self) -> None:
        """What is asked for just now is not waited for."""
        answer, self._open = self._open, None
        if answer is not None:
            self._status, self._headers = answer.status, answer.headers
            await answer.close()
