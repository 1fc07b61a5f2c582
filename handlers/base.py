"""The one boundary between HTTP and the use cases: who calls, may he, what he sent, what failed.

A request is judged in the contract's order (inbox contract, 1.4): representation, credentials,
permission, verb, body.
"""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
from tornado.web import HTTPError, RequestHandler, stream_request_body

from domain.accounts import ROOT, Identity, User
from domain.errors import (
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ProductError,
    TooLarge,
)
from domain.origins import ORIGIN, Origin
from domain.records import Key
from domain.trail import Trail, begin, follow
from handlers import auditing, keys, limiting
from handlers.bodies import read_body
from handlers.credentials import SESSION_COOKIE, identify
from handlers.dialects import OWN, Dialect
from services.app import App
from services.audit import Note
from services.spans import Span

log = logging.getLogger("carillon.http")

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
JSON = "application/json"
ACCEPTED = ("*/*", "application/*", JSON)
# What is answered here is data: no browser runs, frames or guesses at it, nor tells where it was.
SAFE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
ONE_YEAR = "max-age=31536000"
MOST_UNREAD_BYTES = 64 * 1024 * 1024  # of a refused body, read past so that the answer arrives
LONGEST_LENGTH = 19  # digits of a body's length that are read: more say no more


@stream_request_body
class ApiHandler(RequestHandler):
    """The base of every JSON route. The body is read after the caller was judged.

    ``dialect`` spells errors; ``open_verbs`` need no credentials (a route that names none is
    closed); ``needs`` is a right, ``admin_only`` asks for an administrator. ``creates`` are the
    verbs that make something: they hand `key` and `fingerprint` to their use case. ``accepted``
    are the types of answers that it can give. ``audits`` names the action of each verb that goes
    into the audit log when whoever holds ``audited_right`` uses it; ``limited`` says as what each
    verb counts against the rate limits.
    """

    dialect: ClassVar[Dialect] = OWN
    open_verbs: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[str | None] = None
    admin_only: ClassVar[bool] = False
    creates: ClassVar[frozenset[str]] = frozenset()
    accepted: ClassVar[tuple[str, ...]] = ACCEPTED
    audits: ClassVar[Mapping[str, str]] = {}
    limited: ClassVar[Mapping[str, str]] = {}
    audited_right: ClassVar[str] = ROOT

    identity: Identity | None = None
    _span: Span | None = None
    note: Note | None = None  # of the audit log, while an action is noted

    def initialize(self) -> None:
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self._is_refused = False

    @property
    def app(self) -> App:
        app: App = self.settings["app"]
        return app

    @property
    def user(self) -> User:
        """Who is calling; only where credentials were asked for."""
        assert self.identity is not None
        return self.identity.user

    # Judging a request

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Allow", ", ".join(self.allowed_verbs()))
        for name, value in SAFE_HEADERS:
            self.set_header(name, value)
        if self.is_https():
            self.set_header("Strict-Transport-Security", ONE_YEAR)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", JSON)
        self.set_header("X-Request-Id", self.trail().request)

    def trail(self) -> Trail:
        """The request's id, the caller's own if he gave one, and the span he asks from."""
        found: Trail | None = getattr(self.request, "trail", None)
        if found is None:
            headers = self.request.headers
            found = begin(headers.get("X-Request-Id"), headers.get("traceparent"))
            self.request.trail = found  # type: ignore[attr-defined]
        return found

    @classmethod
    def allowed_verbs(cls) -> list[str]:
        """The verbs of this route, in the order in which ``Allow`` lists them."""
        verbs = [
            v for v in VERBS if getattr(cls, v.lower()) is not getattr(RequestHandler, v.lower())
        ]
        return [*verbs, *(["HEAD"] if "GET" in verbs else []), "OPTIONS"]

    async def prepare(self) -> None:
        ORIGIN.set(Origin(self.request.remote_ip or "", self.trail().request))
        self._begin_span()
        self.settings["busy"].add(self)
        try:
            await self.judge()
            auditing.attach(self)
        except ProductError as error:
            if not self._is_body_coming():
                raise
            self._refuse_after_body(error)

    def _begin_span(self) -> None:
        """Follow the request from here on, under a span of its own where spans are wanted."""
        trail, name = self.trail(), f"{self.request.method} {type(self).__name__}"
        self._span = self.app.seeing.spans.start(name, trail)
        follow(trail if self._span is None else replace(trail, parent=self._span.parent))

    def _is_body_coming(self) -> bool:
        """Is the caller sending a body already, and one that is worth reading past?"""
        headers = self.request.headers
        is_long = self._declared_bytes() > MOST_UNREAD_BYTES
        has_body = "Content-Length" in headers or "Transfer-Encoding" in headers
        return has_body and not is_long and "Expect" not in headers

    def _refuse_after_body(self, error: ProductError) -> None:
        """Answer once the body was read past: before, a reset connection would lose the answer."""

        async def refuse(*_: str) -> None:
            raise error

        self._is_refused = True
        setattr(self, (self.request.method or "").lower(), refuse)

    async def judge(self) -> None:
        """Raise what is wrong with the request, its body left aside."""
        self._check_representation()
        verb = self.request.method or ""
        if verb not in self.open_verbs:
            await self.know_caller()
        if verb not in self.allowed_verbs():
            raise MethodNotAllowed(verb)
        if self.identity is not None and self.identity.by_cookie and verb not in SAFE:
            self._check_csrf(self.identity)
        limiting.check(self)
        if self._declared_bytes() > self._most_bytes():
            raise TooLarge
        self._hear_revision()

    async def know_caller(self) -> None:
        """Find out who is calling; raise unless he may use this route."""
        self.identity = await identify(self)
        if self.identity is None:
            raise NotAuthenticated
        self.check_permission()
        await self._check_confirmed()

    def _declared_bytes(self) -> int:
        """How long the body says it is; a length that is no number is left to Tornado to refuse."""
        text = self.request.headers.get("Content-Length", "").partition(",")[0]
        return int(text[:LONGEST_LENGTH]) if text.isdecimal() else 0

    def _most_bytes(self) -> int:
        return self.app.settings.server.max_body_bytes

    def data_received(self, chunk: bytes) -> None:
        """Keep the body as it comes, up to the limit and no further."""
        self._body_bytes += len(chunk)
        if self._body_bytes <= self._most_bytes() and not self._is_refused:
            self._chunks.append(chunk)

    def _check_representation(self) -> None:
        """Everything here is JSON: another ``format`` is unknown, another Accept not served."""
        if self.query().get("format", [""])[-1] not in ("", "json"):
            raise NotFound
        wanted = [part.partition(";")[0].strip().lower() for part in self._accept().split(",")]
        if not any(one in self.accepted for one in wanted):
            raise NotAcceptable

    def _accept(self) -> str:
        return self.request.headers.get("Accept") or "*/*"

    def check_permission(self) -> None:
        """Raise `Forbidden` unless the caller may use this route."""
        if self.admin_only and not self.user.is_admin:
            raise Forbidden
        if self.needs is not None and not self.user.may(self.needs):
            raise Forbidden

    async def _check_confirmed(self) -> None:
        """Raise while announcements are to be confirmed first, where the configuration says so.

        Not on the house's own routes: there its pages show them.
        """
        blocks = self.app.settings.announcements.confirmation_blocks
        if blocks == "everything" and self.dialect.name != OWN.name:
            await self.app.announcements.check_confirmed(self.user)

    def _check_csrf(self, identity: Identity) -> None:
        """A write by cookie carries what only our own pages can read."""
        given = self.request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(given.encode(), (identity.csrf_token or "").encode()):
            raise Forbidden("CSRF Failed: CSRF token missing or incorrect.")

    def _hear_revision(self) -> None:
        """A caller's ``Carillon-After`` keeps his order over processes (hole H7)."""
        after = self.request.headers.get("Carillon-After", "")
        if after.isdecimal() and len(after) < 17:
            self.app.changes.hear_from_caller(int(after))

    # Answering

    def body(self) -> object:
        """The request's body, read as its type says; raises `Malformed` and its kin."""
        return read_body(self.request.headers.get("Content-Type"), self.raw_body())

    def raw_body(self) -> bytes:
        """The request's body as it came; raises `TooLarge`."""
        if self._body_bytes > self._most_bytes():
            raise TooLarge
        return b"".join(self._chunks)

    def about(self, on: object) -> None:
        """Say what a noted action turned out to be about: what it made."""
        if self.note is not None:
            self.note.on = str(on)

    def key(self) -> Key | None:
        """The request's Idempotency-Key in its scope, where the route takes one."""
        return keys.key_of(self)

    def fingerprint(self) -> str:
        """The hash of the body: a key with another body is an error."""
        return keys.fingerprint(self.raw_body())

    def query(self) -> Mapping[str, list[str]]:
        """The query's values by key, each as it came; broken UTF-8 is replaced."""
        found = self.request.query_arguments
        return {key: [one.decode("utf-8", "replace") for one in found[key]] for key in found}

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

    def done_for_now(self) -> None:
        """This request does not hold up a server that is leaving."""
        self.settings["busy"].discard(self)
        span, self._span = self._span, None
        if span is not None:
            span.end(status=self.get_status())

    on_finish = on_connection_close = done_for_now

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
        self.reply(self.dialect.render(error), self.get_status())

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

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        self.set_default_headers()
        super().send_error(status_code, **kwargs)

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
