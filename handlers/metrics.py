"""GET /metrics: what the server measures, in Prometheus' text format (docs/metrics.md)."""

import logging
from ipaddress import ip_address, ip_network
from typing import ClassVar

from tornado.web import RequestHandler

from domain.errors import Forbidden
from handlers.base import ACCEPTED, ApiHandler
from services.exposition import TYPE
from services.instruments import Instruments

log = logging.getLogger("carillon.http")

FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


class MetricsHandler(ApiHandler):
    """For this host and the addresses in ``metrics.allow``, without credentials."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})
    accepted: ClassVar[tuple[str, ...]] = (*ACCEPTED, "text/*", "text/plain")

    async def judge(self) -> None:
        """Nobody else may know that there is something to see."""
        if not self._is_allowed():
            raise Forbidden
        await super().judge()

    def _is_allowed(self) -> bool:
        """Does it come from an allowed address? Through a proxy that nobody knows, it may not."""
        settings = self.app.settings
        is_hidden = not settings.server.trusted_proxies and any(
            name in self.request.headers for name in FORWARDED
        )
        return not is_hidden and _is_among(self.request.remote_ip or "", settings.metrics.allow)

    async def get(self) -> None:
        text = await self.app.seeing.exposition.text()
        self.set_header("Content-Type", TYPE)
        self.finish(text)


def _is_among(text: str, allowed: tuple[str, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(one, strict=False) for one in allowed)


class Measure:
    """Notes every answer of the application, under the name of its handler."""

    def __init__(self, instruments: Instruments):
        self._instruments = instruments
        self._names: dict[type, str] = {}

    def __call__(self, handler: RequestHandler) -> None:
        kind, request = type(handler), handler.request
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = _name(kind)
        took_s = request.request_time()
        log.debug("%s %s: %d", request.method, request.path, handler.get_status())
        self._instruments.note_request(name, request.method or "", handler.get_status(), took_s)


def _name(kind: type) -> str:
    """A handler as our files know it: ``inbox.sends.Send``."""
    room = kind.__module__.removeprefix("handlers.")
    return f"{room}.{kind.__name__.removesuffix('Handler')}"


ROUTES = [(r"/metrics", MetricsHandler)]
