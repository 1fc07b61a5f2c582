"""Which server reads HTTP, as ``server.http`` says."""

from collections.abc import Sized

from tornado.httputil import HTTPServerConnectionDelegate

from handlers.base import MOST_UNREAD_BYTES
from handlers.encryption import context
from handlers.wire.connection import Limits
from handlers.wire.proxies import Proxies
from handlers.wire.quick import Quick
from handlers.wire.server import Server
from handlers.wire.stock import Stock
from settings import Server as Settings


def server_for(web: HTTPServerConnectionDelegate, settings: Settings, others: Sized = ()) -> Server:
    """A server of the application; ``others`` are open connections that left HTTP.

    Raises `SettingError` for a certificate that is none.
    """
    return {"httptools": _quick, "tornado": _stock}[settings.http](web, settings, others)


def _quick(web: HTTPServerConnectionDelegate, settings: Settings, others: Sized) -> Server:
    limits = Limits(
        head_bytes=settings.max_header_bytes,
        body_bytes=max(MOST_UNREAD_BYTES, settings.max_body_bytes),
        idle_s=settings.idle_timeout_s,
        body_s=settings.body_timeout_s,
    )
    return Quick(
        web,
        limits,
        proxies=Proxies(settings.trusted_proxies),
        encryption=context(settings),
        most=settings.max_connections,
        others=others,
    )


def _stock(web: HTTPServerConnectionDelegate, settings: Settings, others: Sized) -> Server:
    made = Stock(
        web,
        xheaders=bool(settings.trusted_proxies),
        max_body_size=max(MOST_UNREAD_BYTES, settings.max_body_bytes),
        max_header_size=settings.max_header_bytes,
        idle_connection_timeout=settings.idle_timeout_s,
        body_timeout=settings.body_timeout_s,
        ssl_options=context(settings),
    )
    made.proxies = Proxies(settings.trusted_proxies)
    made.most, made.others = settings.max_connections, others
    return made
