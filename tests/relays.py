"""A relay of a test: a real SMTP server that answers as it is told to."""

import asyncio
from collections.abc import Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP


class _Session(SMTP):
    def __init__(self, relay: "Relay"):
        super().__init__(relay, hostname="relay", enable_SMTPUTF8=relay.says_utf8)
        self._relay = relay

    def connection_made(self, transport: Any) -> None:
        self._relay.connections += 1
        self._relay.open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._relay.open.discard(self.transport)
        super().connection_lost(error)


class Relay:
    """``refusals`` are the answers to RCPT by address, one after another; then all is taken.

    ``got`` is every message that was taken, with its recipient.
    """

    def __init__(self, refusals: Mapping[str, list[str]] | None = None, *, says_utf8: bool = True):
        self.says_utf8 = says_utf8
        self.refusals = {address: list(them) for address, them in (refusals or {}).items()}
        self.got: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.connections = 0
        self.open: set[Any] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for transport in list(self.open):
            transport.close()
        await asyncio.sleep(0)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.refusals.get(address):
            return self.refusals[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, EmailMessage, policy=default)
        self.raw.append(envelope.content)
        self.got += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for to, message in self.got if to == address]
