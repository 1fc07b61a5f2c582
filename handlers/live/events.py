"""GET /live/events: the feed as server-sent events (docs/protocol.md)."""

from tornado.iostream import StreamClosedError

from domain.cursors import Cursor
from domain.errors import Invalid
from handlers.live.door import ReadingDoor
from handlers.live.event_stream import EventStream
from handlers.live.handover import take_over
from handlers.queries import device
from push.connection import Connection
from services.live import PINGS_MISSED

EVENT_STREAM = "text/event-stream"
CHUNKED_SINCE = "HTTP/1.1"


class EventsHandler(ReadingDoor):
    """The live channel as server-sent events."""

    accepted = ("*/*", "text/*", EVENT_STREAM)
    limited = {"GET": "handshakes"}
    connection: Connection | None = None

    async def judge(self) -> None:
        await super().judge()
        self._since, self._device = self.since(), device(self.query())
        self.app.live.check_room(self.user.id)

    def since(self) -> Cursor | None:
        """A browser that comes back says where it was, whatever its address says."""
        text = self.request.headers.get("Last-Event-ID")
        if not text:
            return super().since()
        try:
            return Cursor.decode(text)
        except ValueError as error:
            raise Invalid({"Last-Event-ID": ["Not a cursor."]}) from error

    async def get(self) -> None:
        """Answer with events for as long as both sides like."""
        assert self.identity is not None
        self.done_for_now()
        self._set_headers()
        stream = self._stream()
        try:
            await self.flush()
            await take_over(self, stream)
        except (StreamClosedError, ConnectionError):
            return
        self.connection = await self.app.live.open(
            self.identity, stream, self._since, device=self._device, caller=self.caller("events")
        )
        try:
            await stream.ended()
        finally:
            self.app.live.close(self.connection)

    async def head(self, *_: str, **__: str) -> None:
        self._set_headers()
        await self.finish()

    def _set_headers(self) -> None:
        """No proxy may keep, change or gather what is told."""
        self.set_header("Content-Type", EVENT_STREAM)
        self.set_header("Cache-Control", "no-store, no-transform")
        self.set_header("X-Accel-Buffering", "no")
        for name, value in self.cross_origin_headers().items():
            self.set_header(name, value)

    def _stream(self) -> EventStream:
        return EventStream(
            self._resume_from,
            is_chunked=self.request.version == CHUNKED_SINCE,
            silent_s=PINGS_MISSED * self.app.settings.live.ping_interval_s,
        )

    def _resume_from(self) -> str | None:
        if self.connection is None:
            return None
        cursor = self.app.live.resume_from(self.connection)
        return None if cursor is None else cursor.encode()


ROUTES = [(r"/live/events", EventsHandler)]
