"""GET /live: the websocket door of the live channel (docs/protocol.md)."""

import json
import time
from http import HTTPStatus
from urllib.parse import urlsplit

from tornado.websocket import WebSocketHandler

from domain.clock import SECOND
from domain.errors import Forbidden, ProductError
from handlers.base import ApiHandler
from handlers.dialects import BEARER, COOKIE, OWN, TICKET, TOKEN, Dialect
from handlers.live.incoming import Incoming
from handlers.live.transport import SocketTransport
from handlers.queries import last
from push.connection import Connection
from services.credentials import TICKET_LIFE_US

SUBPROTOCOL = "carillon.v1"
NOT_TEXT, BAD_REQUEST, TOO_FAST = 1003, 3501, 3502

LIVE = Dialect("live", frozenset({TOKEN, BEARER, COOKIE, TICKET}), OWN.render, OWN.challenge)


class UpgradeRequired(ProductError):
    """A plain request where a websocket is spoken."""

    status = HTTPStatus.UPGRADE_REQUIRED
    code = "upgrade_required"
    detail = "This is a websocket. Connect with a websocket client."

    def __init__(self) -> None:
        super().__init__(headers={"Upgrade": "websocket"})


class LiveHandler(ApiHandler, WebSocketHandler):
    """The live channel over a websocket, in JSON text frames."""

    dialect = LIVE
    connection: Connection | None = None

    async def prepare(self) -> None:
        """Whatever is refused is refused before the upgrade."""
        await super().prepare()
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise UpgradeRequired
        self._since = self.app.live.cursor(last(self.query(), "since"))
        self.app.live.check_room(self.user.id)

    def check_permission(self) -> None:
        """A cookie comes along from any page, so the page must be one of ours."""
        identity = self.identity
        if identity is not None and identity.by_cookie and not self._is_own_origin():
            raise Forbidden("This origin may not connect.")

    def _is_own_origin(self) -> bool:
        origin = self.request.headers.get("Origin", "").rstrip("/").lower()
        own = {f"{self.request.protocol}://{self.request.host}".lower()}
        if self.app.settings.server.public_url:
            parts = urlsplit(self.app.settings.server.public_url)
            own.add(f"{parts.scheme}://{parts.netloc}".lower())
        return origin in own | set(self.app.settings.live.origins)

    def check_origin(self, origin: str) -> bool:
        """Judged in `check_permission`, where the credential is known."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    async def open(self, *_: str, **__: str) -> None:
        assert self.identity is not None
        self.done_for_now()
        self.set_nodelay(True)
        transport = SocketTransport(self)
        self.connection = await self.app.live.open(self.identity, transport, self._since)
        self.connection.heard_at_s = time.monotonic()
        self._incoming = Incoming(self.app, self.connection)

    async def on_message(self, message: str | bytes) -> None:
        assert self.connection is not None
        self.connection.heard_at_s = time.monotonic()
        if not self._incoming.may_come(time.monotonic()):
            self.connection.close(TOO_FAST, "too many frames")
        elif isinstance(message, bytes):
            self.connection.close(NOT_TEXT, "text frames only")
        else:
            await self._take(message)

    async def _take(self, message: str) -> None:
        assert self.connection is not None
        try:
            frame = json.loads(message)
        except (ValueError, RecursionError):
            self.connection.close(BAD_REQUEST, "not JSON")
            return
        if not isinstance(frame, dict):
            self.connection.close(BAD_REQUEST, "not a JSON object")
            return
        await self._incoming.take(frame)

    def on_pong(self, data: bytes) -> None:
        if self.connection is not None:
            self.connection.heard_at_s = time.monotonic()

    def on_close(self) -> None:
        if self.connection is not None:
            self.app.live.close(self.connection)


class TicketHandler(ApiHandler):
    """A single-use ticket of a few seconds, for clients that cannot send a header."""

    async def post(self) -> None:
        assert self.identity is not None
        ticket = await self.app.accounts.credentials.make_ticket(self.identity)
        self.reply({"ticket": ticket, "expires_in": TICKET_LIFE_US // SECOND}, HTTPStatus.CREATED)


ROUTES = [(r"/live", LiveHandler), (r"/live/ticket", TicketHandler)]
