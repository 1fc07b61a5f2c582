"""The metrics service of seeds 000 and 002 (stages contract, 3.6)."""

import json
from base64 import b64encode
from http import HTTPStatus

from domain.calls import CallFailed
from domain.urls import target
from push.outbound import Headers, Outbound


class MetricsService:
    """Fires to ``url``, with HTTP Basic where there is a user."""

    def __init__(self, outbound: Outbound, url: str, user: str | None, password: str | None):
        self._outbound = outbound
        self._where = target(f"{url.rstrip('/')}/metrics/")
        self._headers: Headers = [("Content-Type", "application/json"), *_basic(user, password)]

    async def fire(self, name: str, value: float) -> None:
        """One metric. Raises `CallFailed`, final when the service says that it is wrong."""
        body = json.dumps({name: float(value)}).encode()
        reply = await self._outbound.request("POST", self._where, headers=self._headers, body=body)
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise CallFailed(
                f"it answered {reply.status}",
                is_final=reply.status == HTTPStatus.BAD_REQUEST,
                cause=f"http_error.{reply.status}",
            )


def _basic(user: str | None, password: str | None) -> Headers:
    if user is None:
        return []
    pair = b64encode(f"{user}:{password or ''}".encode()).decode()
    return [("Authorization", f"Basic {pair}")]
