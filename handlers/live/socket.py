"""GET /live: the websocket door of the live channel (docs/protocol.md)."""

import base64
import binascii
from contextlib import suppress
from http import HTTPStatus

from domain.accounts import Identity
from domain.clock import SECOND
from domain.errors import ProductError
from handlers.base import ApiHandler
from handlers.live import deflate
from handlers.live.client import Client
from handlers.live.door import LiveDoor
from handlers.live.handover import switch_protocols, take_over
from handlers.live.strict import FrameReader
from handlers.live.transport import SocketTransport
from handlers.queries import device
from push.connection import Connection
from services.credentials import TICKET_LIFE_US

SUBPROTOCOL = "carillon.v1"
VERSION = "13"
KEY_BYTES = 16


class UpgradeRequired(ProductError):
    """A plain request where a websocket is spoken."""

    status = HTTPStatus.UPGRADE_REQUIRED
    code = "upgrade_required"
    detail = "This is a websocket. Connect with a websocket client."

    def __init__(self) -> None:
        super().__init__(headers={"Upgrade": "websocket", "Sec-WebSocket-Version": VERSION})


class BadHandshake(ProductError):
    """A handshake that breaks RFC 6455, 4.2.1."""

    code = "bad_handshake"
    detail = "The websocket handshake is broken."


class LiveHandler(LiveDoor):
    """The live channel over a websocket, in JSON text frames."""

    limited = {"GET": "handshakes"}

    # Coming

    async def judge(self) -> None:
        """Whatever is refused is refused before the upgrade."""
        await super().judge()
        self._check_handshake()
        self._since = self.since()
        self._device = device(self.query())
        self.app.live.check_room(self.user.id)

    def _check_handshake(self) -> None:
        headers = self.request.headers
        words = [word.strip().lower() for word in headers.get("Connection", "").split(",")]
        is_upgrade = headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in words
        is_ours = headers.get("Sec-WebSocket-Version") == VERSION
        if self.request.method != "GET" or not (is_upgrade and is_ours):
            raise UpgradeRequired
        if not _is_key(headers.get("Sec-WebSocket-Key", "")):
            raise BadHandshake

    # Staying

    async def get(self) -> None:
        """Answer the handshake, and hand the connection over to the live channel."""
        assert self.identity is not None
        settings, sockets = self.app.settings.live, self.settings["sockets"]
        extension = self._extension() if settings.compression else None
        switch_protocols(self, self._subprotocol(), extension)
        is_deflated = extension is not None
        reader = FrameReader(settings.max_frame_bytes, may_deflate=is_deflated)
        transport = SocketTransport(
            sockets, reader, is_deflated=is_deflated, most_unsent=settings.max_unsent_bytes
        )
        with suppress(ConnectionError):  # gone already
            await take_over(self, transport)
            connection = await self._open(self.identity, transport)
            transport.start(Client(self.app, connection))

    async def _open(self, identity: Identity, transport: SocketTransport) -> Connection:
        try:
            return await self.app.live.open(
                identity,
                transport,
                self._since,
                device=self._device,
                caller=self.caller("websocket"),
            )
        except BaseException:
            transport.cut()
            raise

    def _subprotocol(self) -> str | None:
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        return SUBPROTOCOL if SUBPROTOCOL in map(str.strip, offered) else None

    def _extension(self) -> str | None:
        return deflate.agreed(self.request.headers.get("Sec-WebSocket-Extensions", ""))


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False


class TicketHandler(ApiHandler):
    """A single-use ticket of a few seconds, for clients that cannot send a header."""

    limited = {"POST": "handshakes"}

    async def post(self) -> None:
        assert self.identity is not None
        ticket = await self.app.accounts.credentials.make_ticket(self.identity)
        self.reply({"ticket": ticket, "expires_in": TICKET_LIFE_US // SECOND}, HTTPStatus.CREATED)


ROUTES = [(r"/live", LiveHandler), (r"/live/ticket", TicketHandler)]
