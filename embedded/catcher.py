"""An SMTP server on loopback that keeps what it is sent: where e-mails go without a relay.

It is aiosmtpd, the SMTP server for asyncio that succeeded the standard library's, in the process
that sends: the same client speaks to it over the same kind of socket as to any relay.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
MOST_BYTES = 1024 * 1024  # of one e-mail
TAKEN, BUSY = "250 OK", "451 Cannot be kept now"

# aiosmtpd writes down every command at this level and below.
logging.getLogger("mail.log").setLevel(logging.WARNING)

Keep = Callable[[str, bytes], Awaitable[bool]]


class _Keeper:
    """What aiosmtpd calls with each e-mail."""

    def __init__(self, keep: Keep):
        self._keep = keep

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep it for each of its recipients; tells the sender when that cannot be done."""
        for address in envelope.rcpt_tos:
            if not await self._keep(address, envelope.content):
                return BUSY
        return TAKEN


class _Session(SMTP):
    """One connection, known in ``sessions`` for as long as it is open."""

    def __init__(self, keeper: _Keeper, sessions: "set[_Session]"):
        super().__init__(
            keeper, hostname="localhost", data_size_limit=MOST_BYTES, enable_SMTPUTF8=True
        )
        self._sessions = sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()


class Catcher:
    """Listens from `start` to `stop`. ``keep`` stores an e-mail: False when it cannot."""

    def __init__(self, keep: Keep):
        self._keeper = _Keeper(keep)
        self._server: asyncio.Server | None = None
        self._sessions: set[_Session] = set()

    async def start(self) -> str:
        """The URL to send to, good until `stop`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self._keeper, self._sessions), HOST, 0
        )
        return f"smtp://{HOST}:{self._server.sockets[0].getsockname()[1]}?starttls=0"

    async def stop(self) -> None:
        """Hang up; may be called twice, and before `start`."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for session in list(self._sessions):
            session.cut()
