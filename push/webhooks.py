"""Posting JSON where a user said to, with his token; the token goes to no other host."""

import asyncio
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from domain.calls import Call, CallFailed
from domain.coercion import Refused
from domain.urls import PORTS, Target, relative, target
from push.outbound import Headers, Outbound, Reply

MOST_REDIRECTS = 5
REPEATED = frozenset({301, 302, 307, 308})  # 303 says that the call was taken
SECOND = 1_000_000


class Webhooks:
    """Makes calls, each with all its redirects within ``limit_s``.

    ``now`` is the time in µs, which a date in ``Retry-After`` is measured by.
    """

    def __init__(self, outbound: Outbound, now: Callable[[], int], *, limit_s: float):
        self._outbound, self._now, self._limit_s = outbound, now, limit_s

    async def post(self, call: Call) -> None:
        """Return once the call was taken: any status below 400. Raises `CallFailed`.

        A redirect is followed with the same call; with a token only on the same host, and never
        from https to http.
        """
        try:
            where = target(call.url)
            async with asyncio.timeout(self._limit_s):
                await self._post(call, where)
        except Refused as error:
            raise CallFailed(f"{call.url} is no URL to call", is_final=True) from error
        except TimeoutError as error:
            raise CallFailed(f"not done within {self._limit_s:g} s", cause="timeout") from error

    async def _post(self, call: Call, where: Target) -> None:
        headers, body = _headers(call), call.payload.encode()
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._outbound.request("POST", where, headers=headers, body=body)
            following = _following(reply, where)
            if following is None:
                self._check(reply, where)
                return
            if call.token is not None and not _keeps_token(where, following):
                raise CallFailed(
                    f"{where.netloc} redirects to {following.netloc}, which gets no token"
                )
            where = following
        raise CallFailed("too many redirects")

    def _check(self, reply: Reply, where: Target) -> None:
        if reply.status < HTTPStatus.BAD_REQUEST:
            return
        retry_after_s = self._retry_after_s(reply.headers.get("retry-after", ""))
        reason = f"{_status(reply.status)} for url: {where.url}"
        raise CallFailed(reason, retry_after_s=retry_after_s, cause=f"http_error.{reply.status}")

    def _retry_after_s(self, text: str) -> float | None:
        """Seconds, or the seconds until a date; None for anything else."""
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - self._now() / SECOND)
        except (ValueError, OverflowError):
            return None


def _headers(call: Call) -> Headers:
    headers = [("Content-Type", "application/json"), ("Idempotency-Key", call.id)]
    token = [] if call.token is None else [("Authorization", f"Token {call.token}".strip())]
    return [*headers, *token]


def _following(reply: Reply, where: Target) -> Target | None:
    """Where a redirect leads, or None for an answer that is none."""
    location = reply.headers.get("location")
    if reply.status not in REPEATED or location is None:
        return None
    try:
        return relative(where, location)
    except (Refused, ValueError) as error:
        raise CallFailed(f"{where.netloc} redirects to what is no URL to call") from error


def _keeps_token(where: Target, following: Target) -> bool:
    is_same = (following.scheme, following.port) == (where.scheme, where.port)
    is_upgrade = (following.scheme, following.port) == ("https", PORTS["https"])
    return following.host == where.host and (is_same or is_upgrade)


def _status(status: int) -> str:
    """`404 Not Found`, or the number alone."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
