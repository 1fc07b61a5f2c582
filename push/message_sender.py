"""Upstream's way to people: an identity store says where, a message sender brings it (3.1)."""

import json
from http import HTTPStatus
from urllib.parse import quote

from domain.calls import CallFailed
from domain.stage_letters import Errand, outbound_body
from domain.urls import Target, target
from push.outbound import Headers, Outbound, Reply

QUERY = "default=True&use_communicate_through=True"
NO_LIST = "the identity store's answer is no list of addresses"


class MessageSender:
    """Both services, each with the token that the configuration gives for it."""

    def __init__(
        self, outbound: Outbound, store: tuple[str, str | None], sender: tuple[str, str | None]
    ):
        self._outbound = outbound
        self._store, self._store_token = store[0].rstrip("/"), store[1]
        self._sender = target(f"{sender[0].rstrip('/')}/outbound/")
        self._sender_token = sender[1]

    @property
    def receiver(self) -> str:
        """Who is slow when this is slow."""
        return self._sender.url

    async def find(self, identity: str) -> str | None:
        """Where somebody is reached; None when nowhere. Raises `CallFailed`."""
        path = f"{self._store}/identities/{quote(identity, safe='')}/addresses/msisdn?{QUERY}"
        reply = await self._ask("GET", target(path), _headers(self._store_token))
        return _address(reply.body)

    async def send(self, errand: Errand, address: str) -> None:
        """Return once the message was taken. Raises `CallFailed`."""
        body = json.dumps(outbound_body(errand, address)).encode()
        more = [("Content-Type", "application/json"), ("Idempotency-Key", errand.key)]
        await self._ask("POST", self._sender, [*_headers(self._sender_token), *more], body)

    async def _ask(self, method: str, where: Target, headers: Headers, body: bytes = b"") -> Reply:
        reply = await self._outbound.request(method, where, headers=headers, body=body)
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            reason = f"{where.netloc} answered {reply.status}"
            raise CallFailed(reason, cause=f"http_error.{reply.status}")
        return reply


def _headers(token: str | None) -> Headers:
    return [] if token is None else [("Authorization", f"Token {token}")]


def _address(body: bytes) -> str | None:
    """The first address in the identity store's answer; None for none, or one that is unset."""
    try:
        results = json.loads(body)["results"]
        address = results[0]["address"] if results else None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CallFailed(NO_LIST) from error
    return None if address in (None, "") else str(address)
