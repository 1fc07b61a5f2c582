"""What every answer of a JSON route has: its headers, its id, JSON, and errors in its dialect."""

import logging
from asyncio import Future
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
from tornado.web import HTTPError, RequestHandler

from domain.errors import MethodNotAllowed, NotFound, ProductError
from domain.trail import Trail, begin
from handlers.credentials import SESSION_COOKIE
from handlers.dialects import OWN, Dialect, as_json
from handlers.heads import Heads
from services.app import App

log = logging.getLogger("carillon.http")

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON = "application/json"
# What is answered here is data: no browser runs, frames or guesses at it, nor tells where it was.
SAFE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
ONE_YEAR = "max-age=31536000"
HEADS = Heads()


def _is_own(method: object, verb: str) -> bool:
    return method is not getattr(RequestHandler, verb.lower())


class Answering(RequestHandler):
    """A request's way out. ``dialect`` spells its errors."""

    dialect: ClassVar[Dialect] = OWN
    _verbs: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        verbs = [verb for verb in VERBS if _is_own(getattr(cls, verb.lower()), verb)]
        cls._verbs = (*verbs, *(["HEAD"] if "GET" in verbs else []), "OPTIONS")

    @property
    def app(self) -> App:
        app: App = self.settings["app"]
        return app

    def clear(self) -> None:
        """Begin an answer, as Tornado does; all of one class begin with the same headers."""
        kind = (type(self), self.is_https())
        if not HEADS.begin(self, kind):
            super().clear()
            HEADS.keep(self, kind)
        self.set_header("X-Request-Id", self.trail().request)

    def set_default_headers(self) -> None:
        """What a class's answers begin with: it may ask only by which scheme a caller came."""
        self.clear_header("Server")
        self.set_header("Allow", ", ".join(self.allowed_verbs()))
        for name, value in SAFE_HEADERS:
            self.set_header(name, value)
        if self.is_https():
            self.set_header("Strict-Transport-Security", ONE_YEAR)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", JSON)

    def trail(self) -> Trail:
        """The request's id, the caller's own if he gave one, and the span he asks from."""
        found: Trail | None = getattr(self.request, "trail", None)
        if found is None:
            headers = self.request.headers
            found = begin(headers.get("X-Request-Id"), headers.get("traceparent"))
            self.request.trail = found  # type: ignore[attr-defined]
        return found

    @classmethod
    def allowed_verbs(cls) -> tuple[str, ...]:
        """The verbs of this route, in the order in which ``Allow`` lists them."""
        return cls._verbs

    def reply(self, payload: Any, status: int = HTTPStatus.OK) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.finish(orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS))

    def reply_empty(self, status: int = HTTPStatus.OK) -> None:
        """Answer without a body, so without a type."""
        self.set_status(status)
        self.clear_header("Content-Type")
        self.finish()

    async def head(self, *args: str, **kwargs: str) -> None:
        if "HEAD" not in self.allowed_verbs():
            raise MethodNotAllowed("HEAD")
        answer = self.get(*args, **kwargs)
        if answer is not None:
            await answer

    def options(self, *_: str, **__: str) -> None:
        """What this route renders and parses, as upstream's metadata does."""
        self.reply(
            {
                "name": type(self).__name__.removesuffix("Handler"),
                "description": (type(self).__doc__ or "").strip(),
                "renders": [JSON],
                "parses": [
                    JSON,
                    "application/x-www-form-urlencoded",
                    "multipart/form-data",
                ],
            }
        )

    def is_https(self) -> bool:
        """Did the browser come by https, directly or through a trusted proxy?"""
        public = self.app.settings.server.public_url or ""
        return self.request.protocol == "https" or urlsplit(public).scheme == "https"

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        """Say so where Tornado closes the connection: what was not read to its end."""
        if not self.request._body_future.done():
            self.set_header("Connection", "close")
        return super().finish(chunk)

    # What failed

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error, ours or Tornado's, in the area's shape and nothing more."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if not isinstance(error, ProductError):
            error = self._as_product_error(status_code)
        self.set_status(self.status_of(error))
        for name, value in error.headers.items():
            self.set_header(name, value)
        if error.status == HTTPStatus.UNAUTHORIZED:
            self._challenge()
        self.finish(as_json(self.dialect.render(error)))

    def _as_product_error(self, status: int) -> ProductError:
        """Tornado's own errors, and the unforeseen, without a word of their insides."""
        if status == HTTPStatus.NOT_FOUND:
            return NotFound()
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed(self.request.method or "")
        made = ProductError(f"{HTTPStatus(status).phrase}.")
        made.status = status
        return made

    def status_of(self, error: ProductError) -> int:
        """The status of an error in this dialect."""
        return error.status

    def _challenge(self) -> None:
        """Say how to sign in, unless a browser would ask its user for a password."""
        by_browser = "Sec-Fetch-Mode" in self.request.headers or self.get_cookie(SESSION_COOKIE)
        if self.dialect.challenge and not by_browser:
            self.set_header("WWW-Authenticate", self.dialect.challenge)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Callers' mistakes are not ours: only the unforeseen is an error in the log."""
        if isinstance(value, ProductError) or (
            isinstance(value, HTTPError) and value.status_code < 500
        ):
            log.debug("%s %s: %s", self.request.method, self.request.path, value)
        else:
            log.error(
                "%s %s",
                self.request.method,
                self.request.path,
                exc_info=(typ, value, tb),
            )
