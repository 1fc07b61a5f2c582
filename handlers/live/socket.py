"""GET /live: the websocket door of the live channel (docs/protocol.md)."""

import base64
import binascii
import time
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import orjson
from tornado.websocket import WebSocketHandler

from domain.clock import SECOND
from domain.errors import Forbidden, ProductError
from handlers.base import ApiHandler
from handlers.dialects import BEARER, COOKIE, OWN, TICKET, TOKEN, Dialect
from handlers.live.incoming import Incoming
from handlers.live.strict import Broken, StrictProtocol
from handlers.live.transport import SocketTransport
from handlers.queries import device, last
from push.connection import CLOSED, Connection
from services.credentials import TICKET_LIFE_US

SUBPROTOCOL = "carillon.v1"
VERSION = "13"
KEY_BYTES = 16
NOT_TEXT, BAD_REQUEST, TOO_FAST = 1003, 3501, 3502

LIVE = Dialect("live", frozenset({TOKEN, BEARER, COOKIE, TICKET}), OWN.render, OWN.challenge)


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


class LiveHandler(ApiHandler, WebSocketHandler):
    """The live channel over a websocket, in JSON text frames."""

    dialect = LIVE
    connection: Connection | None = None

    # Coming

    async def judge(self) -> None:
        """Whatever is refused is refused before the upgrade."""
        await super().judge()
        self._check_handshake()
        self._since = self.app.live.cursor(last(self.query(), "since"))
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

    def check_permission(self) -> None:
        """A cookie comes along from any page, so the page must be one of ours."""
        identity = self.identity
        if identity is not None and identity.by_cookie and not self._is_own_origin():
            raise Forbidden("This origin may not connect.")

    def _is_own_origin(self) -> bool:
        own = {f"{self.request.protocol}://{self.request.host}", *self.app.settings.live.origins}
        if self.app.settings.server.public_url:
            parts = urlsplit(self.app.settings.server.public_url)
            own.add(f"{parts.scheme}://{parts.netloc}")
        return _plain(self.request.headers.get("Origin", "")) in set(map(_plain, own))

    def check_origin(self, origin: str) -> bool:
        """Judged in `check_permission`, where the credential is known."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_websocket_protocol(self) -> StrictProtocol:
        return StrictProtocol(self)

    async def open(self, *_: str, **__: str) -> None:
        assert self.identity is not None
        self.done_for_now()
        self.set_nodelay(True)
        transport = SocketTransport(self)
        self.connection = await self.app.live.open(
            self.identity, transport, self._since, device=self._device
        )
        self._incoming = Incoming(self.app, self.connection)

    # Staying

    def on_frame(self) -> None:
        """Every frame counts, whatever is in it."""
        assert self.connection is not None
        is_open = self.connection.state != CLOSED
        if is_open and not self._incoming.may_come(time.monotonic()):
            raise Broken(TOO_FAST, "too many frames")

    async def on_message(self, message: str | bytes) -> None:
        """Take a frame; no further one is read before this peer has read what waits for him."""
        connection = self.connection
        assert connection is not None
        if connection.state == CLOSED:
            return
        connection.heard(time.monotonic())
        if isinstance(message, bytes):
            connection.close(NOT_TEXT, "text frames only")
            return
        try:
            frame = orjson.loads(message)
        except orjson.JSONDecodeError:
            connection.close(BAD_REQUEST, "not JSON")
            return
        if not isinstance(frame, dict):
            connection.close(BAD_REQUEST, "not a JSON object")
            return
        if connection.is_lagging:
            await self._drained(connection)
        await self._incoming.take(frame)

    async def _drained(self, connection: Connection) -> None:
        with suppress(ConnectionError):
            await connection.transport.drained()

    def on_pong(self, data: bytes) -> None:
        if self.connection is not None:
            self.connection.heard(time.monotonic())

    # Going

    def fail(self, code: int, reason: str) -> None:
        """The client broke the protocol."""
        if self.connection is not None:
            self.connection.close(code, reason)

    def on_connection_close(self) -> None:
        """The peer is gone, before, during or after the upgrade; may be called twice."""
        self.done_for_now()
        WebSocketHandler.on_connection_close(self)
        if self.connection is not None:
            self.app.live.close(self.connection)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False


def _plain(origin: str) -> str:
    """An origin as it is compared."""
    return origin.rstrip("/").lower()


class TicketHandler(ApiHandler):
    """A single-use ticket of a few seconds, for clients that cannot send a header."""

    async def post(self) -> None:
        assert self.identity is not None
        ticket = await self.app.accounts.credentials.make_ticket(self.identity)
        self.reply({"ticket": ticket, "expires_in": TICKET_LIFE_US // SECOND}, HTTPStatus.CREATED)


ROUTES = [(r"/live", LiveHandler), (r"/live/ticket", TicketHandler)]
