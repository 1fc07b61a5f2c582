"""The one boundary between HTTP and the use cases: who calls, may he, what did he send.

A request is judged in the contract's order (inbox contract, 1.4): representation, credentials,
permission, verb, body.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from tornado.web import stream_request_body

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
from domain.trail import follow
from handlers import auditing, keys, limiting
from handlers.answering import JSON, Answering
from handlers.bodies import read_body
from handlers.credentials import identify
from services.audit import Note
from services.spans import Span

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ACCEPTED = ("*/*", "application/*", JSON)
MOST_UNREAD_BYTES = 64 * 1024 * 1024  # of a refused body, read past so that the answer arrives
LONGEST_LENGTH = 19  # digits of a body's length that are read: more say no more


@stream_request_body
class ApiHandler(Answering):
    """The base of every JSON route. The body is read after the caller was judged.

    ``open_verbs`` need no credentials (a route that names none is closed); ``needs`` is a right,
    ``admin_only`` asks for an administrator. ``creates`` are the verbs that make something: they
    hand `key` and `fingerprint` to their use case. ``accepted`` are the types of answers that it
    can give. ``audits`` names the action of each verb that goes into the audit log when whoever
    holds ``audited_right`` uses it; ``limited`` says as what each verb counts against the rate
    limits.
    """

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
    def user(self) -> User:
        """Who is calling; only where credentials were asked for."""
        assert self.identity is not None
        return self.identity.user

    # Judging a request

    async def prepare(self) -> None:
        ORIGIN.set(Origin(self.request.remote_ip or "", self.trail().request))
        self._begin_span()
        self.settings["busy"].add(self)
        try:
            await self.judge()
            auditing.attach(self)
        except ProductError as error:
            if not self._is_worth_reading():
                raise
            self._refuse_after_body(error)

    def _begin_span(self) -> None:
        """Follow the request from here on, under a span of its own where spans are wanted."""
        trail, name = self.trail(), f"{self.request.method} {type(self).__name__}"
        self._span = self.app.seeing.spans.start(name, trail)
        follow(trail if self._span is None else replace(trail, parent=self._span.parent))

    def _is_worth_reading(self) -> bool:
        """Does the caller send the rest already, and not too much of it?"""
        is_long = self._declared_bytes() > MOST_UNREAD_BYTES
        return not is_long and "Expect" not in self.request.headers

    def _refuse_after_body(self, error: ProductError) -> None:
        """Answer once the request was read to its end, be there a body or not.

        Before, Tornado closes the connection: the answer, or the next request on it, would be lost.
        """
        errors = [error]

        async def refuse(*_: str) -> None:
            raise errors.pop()  # which knows this frame: to keep it here would be a cycle

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
        if blocks == "everything" and not self.dialect.is_own:
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

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """A part of the path; broken UTF-8 is replaced, so that it names nothing."""
        return value.decode("utf-8", "replace")

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

    def done_for_now(self) -> None:
        """This request does not hold up a server that is leaving."""
        self.settings["busy"].discard(self)
        span, self._span = self._span, None
        if span is not None:
            span.end(status=self.get_status())

    def on_finish(self) -> None:
        self.done_for_now()

    def on_connection_close(self) -> None:
        """The caller is gone: a body that was not whole will not be."""
        super().on_connection_close()
        self.done_for_now()
