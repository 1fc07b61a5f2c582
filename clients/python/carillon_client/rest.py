"""The REST routes that a program needs, each asked for until there is an answer."""

import asyncio
import http.client
import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from carillon_client.credentials import Credential
from carillon_client.errors import Failed, SignedOut
from carillon_client.events import Item
from carillon_client.timing import Backoff, Timing, retry_after_s

Boxed: TypeAlias = Literal["message", "notice", "sent"]
"""The kinds that can be deleted; all but "sent" can be marked."""

PASSING = {
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""A request still running, too many, or a server in trouble: the same request may succeed later."""
DELETE = {
    "message": ("/messages/delete/", "message_ids"),
    "notice": ("/notices/delete/", "notice_ids"),
    "sent": ("/messages/delete-sent/", "message_ids"),
}


@dataclass(frozen=True)
class Sent:
    """What was sent: the ids it really went to, none for an audience, and where it stands."""

    recipient_ids: tuple[int, ...]
    revision: int


@dataclass(frozen=True)
class Page:
    """Items newest first; ``next`` is where the next page begins, None at the end.

    ``cursor`` is the live cursor that the page is true for.
    """

    items: list[Item]
    next: str | None
    cursor: str | None


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``body`` is its JSON, None for none."""

    status: int
    headers: Message
    body: Any


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every status is an answer; a redirect is not followed, so the token goes nowhere else."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


class Rest:
    """Requests; each takes a thread while it waits."""

    def __init__(self, base_url: str, credential: Credential, timing: Timing):
        self._base_url, self._credential, self._timing = base_url, credential, timing
        self._opener = urllib.request.build_opener(_AsItIs)
        self._after = 0  # the latest revision of ours: handed back, it keeps our order

    async def send(
        self, kind: Literal["message", "notice"], body: Mapping[str, Any], key: str | None
    ) -> Sent:
        """Send; repeated with the same key it is sent once."""
        answer = await self._persist("POST", f"/{kind}s/send/", body, key=key or token_hex(16))
        revision = int(answer.headers.get("Carillon-Revision") or 0)
        self._after = max(self._after, revision)
        return Sent(tuple((answer.body or {}).get("recipient_ids") or ()), revision)

    async def mark(
        self, kind: Literal["message", "notice"], ids: Sequence[int], *, is_read: bool
    ) -> None:
        path = f"/{kind}s/mark-{'read' if is_read else 'unread'}/"
        await self._persist("PATCH", path, {f"{kind}_ids": list(ids)})

    async def delete(self, kind: Boxed, ids: Sequence[int]) -> None:
        """400 says that none of them is there any more, which is what was wanted."""
        path, name = DELETE[kind]
        try:
            await self._persist("DELETE", path, {name: list(ids)})
        except Failed as failed:
            if failed.status != HTTPStatus.BAD_REQUEST:
                raise

    async def items(self, query: Mapping[str, Any]) -> Page:
        path = f"/inbox/items/?{urlencode(query, doseq=True)}"
        answer = await self._persist("GET", path)
        cursor = answer.headers.get("Carillon-Cursor")
        return Page(answer.body["items"], answer.body.get("next"), cursor)

    async def _persist(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Answer:
        """Ask until there is an answer that will not change by itself; `Failed` when it is none
        of success. There is no end: whoever wants one sets a time limit."""
        backoff = Backoff(self._timing)
        while True:
            answer = await self._ask(self._request(method, path, body, key))
            if answer is not None and answer.status < HTTPStatus.MULTIPLE_CHOICES:
                return answer
            if answer is not None and answer.status not in PASSING:
                raise Failed(answer.status, answer.body)
            wished_s = retry_after_s(answer.headers.get("Retry-After")) if answer else 0.0
            await asyncio.sleep(max(wished_s, backoff.next_s()) * self._timing.scale)

    async def _ask(self, request: urllib.request.Request) -> Answer | None:
        """One answer, or None; after a 401 with a fresh token, if there is one."""
        header = await self._credential.header()
        request.add_header("Authorization", header)
        answer = await asyncio.to_thread(self._open, request)
        if answer is None or answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        if await self._credential.renew_after(header):
            request.add_header("Authorization", await self._credential.header())
            answer = await asyncio.to_thread(self._open, request)
        if answer is not None and answer.status == HTTPStatus.UNAUTHORIZED:
            raise SignedOut(HTTPStatus.UNAUTHORIZED)
        return answer

    def _request(
        self, method: str, path: str, body: Any, key: str | None
    ) -> urllib.request.Request:
        request = urllib.request.Request(self._base_url + path, method=method)
        request.add_header("Accept", "application/json")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if key is not None:
            request.add_header("Idempotency-Key", key)
        if self._after and method != "GET":
            request.add_header("Carillon-After", str(self._after))
        return request

    def _open(self, request: urllib.request.Request) -> Answer | None:
        """In a thread: the answer, whatever its status; None when none came, or not all of it."""
        limit_s = self._timing.request_s * self._timing.scale
        try:
            with self._opener.open(request, timeout=limit_s) as response:
                # Headers that were cut off are no error to http.client, but the length is last.
                is_whole = response.length is not None or response.chunked
                answer = Answer(response.status, response.headers, _json(response.read()))
                return answer if is_whole else None
        except (OSError, http.client.HTTPException):
            return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
