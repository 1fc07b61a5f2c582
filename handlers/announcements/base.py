"""What the announcements' routes share: dialect, headers, bodies, what waits for a confirmation."""

from email.utils import formatdate
from functools import cached_property
from typing import Any, ClassVar

from domain import announcement_errors as errors
from domain.clock import SECOND
from domain.errors import Malformed, ProductError
from handlers.announcements.dialect import ANNOUNCEMENTS, status_of
from handlers.answering import JSON
from handlers.base import ApiHandler
from handlers.bodies import FormData
from handlers.queries import Query, last
from services.announcements import MOST_AT_ONCE, RIGHT

API_VERSION, SCHEMA_VERSION = "1", "1"
FORM = "application/x-www-form-urlencoded"
LONGEST_CACHE_S = 365 * 86_400


class AnnouncementsHandler(ApiHandler):
    """A route of the area; unless it is a session's own it needs the right and confirmations."""

    dialect = ANNOUNCEMENTS
    needs: ClassVar[str | None] = RIGHT

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Pragma", "no-cache")
        self.set_header("X-Easydb-API-Version", API_VERSION)
        for schema in ("Base", "User"):
            self.set_header(f"X-Easydb-{schema}-Schema-Version", SCHEMA_VERSION)

    async def _check_confirmed(self) -> None:
        await self.app.announcements.check_confirmed(self.user)

    def check_permission(self) -> None:
        if self.needs is not None and not self.user.may(self.needs):
            raise errors.no_right(self.needs)

    def status_of(self, error: ProductError) -> int:
        return status_of(error)

    def elements(self) -> list[Any]:
        """The array in the body; raises an `AnnouncementError`."""
        given = self.json()
        if not isinstance(given, list):
            raise errors.type_mismatch("body", "an array")
        if len(given) > MOST_AT_ONCE:
            raise errors.bad_value("body", f"at most {MOST_AT_ONCE} at once")
        return given

    def json(self) -> object:
        if not self.raw_body():
            raise errors.invalid_content("the body is empty")
        if self._media_type() != JSON:
            raise errors.invalid_content("the body must be application/json")
        return self.body()

    def body(self) -> object:
        try:
            return super().body()
        except Malformed as error:
            raise errors.invalid_content(error.detail) from error

    def _media_type(self) -> str:
        kind: str = self.request.headers.get("Content-Type", "")
        return kind.partition(";")[0].strip().lower()

    def say_cache(self) -> None:
        """What `cache_seconds` asks for, on a GET."""
        text = last(self.query(), "cache_seconds") or "0"
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise errors.bad_value("cache_seconds", "not a whole number")
        seconds = min(int(text), LONGEST_CACHE_S)
        if seconds:
            self.clear_header("Pragma")
            self.set_header("Cache-Control", f"private; max-age={seconds}")
            moment_s = self.app.clock.wall() // SECOND + seconds
            self.set_header("Expires", formatdate(moment_s, usegmt=True))

    def parameter(self, name: str) -> str | None:
        """A value of the query or, in a call without a body of its own, of a form."""
        found = last(self.query(), name)
        return last(self._form, name) if found is None else found

    @cached_property
    def _form(self) -> Query:
        """The fields of a form; raises an `AnnouncementError`."""
        body = self.body() if self._media_type() == FORM else None
        return body.fields if isinstance(body, FormData) else {}
