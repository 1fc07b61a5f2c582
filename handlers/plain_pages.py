"""Plain pages at the other end of links in e-mails: HTML from templates, forms, a strict policy.

They work without script: every change is a form, which a link alone never sends.
"""

from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Final

from tornado.template import Loader

from domain.errors import MethodNotAllowed, ProductError
from handlers.base import ApiHandler
from handlers.bodies import FormData, shape
from handlers.queries import last

HTML: Final = "text/html; charset=utf-8"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
LOADER: Final = Loader(str(Path(__file__).parents[1] / "templates" / "pages"))


class PlainPage(ApiHandler):
    """A page that needs no account here: it is somebody's by a link in his mail."""

    open_verbs: ClassVar[frozenset[str]] = SAFE | {"POST"}

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", HTML)
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Referrer-Policy", "no-referrer")  # the address holds a token
        self.set_header("X-Robots-Tag", "noindex")

    def _check_representation(self) -> None:
        """Whatever is asked for is a page."""

    # Reading

    def asked(self, name: str) -> str:
        """A value of the query, or an empty text."""
        return last(self.query(), name) or ""

    def form(self) -> dict[str, str]:
        """The fields that were sent as a form; raises `Malformed` and its kin."""
        body = self.body()
        fields = shape(body, ()) if isinstance(body, FormData) else {}
        assert isinstance(fields, dict)
        return {name: value for name, value in fields.items() if isinstance(value, str)}

    # Answering

    def show(self, page: str, status: int = HTTPStatus.OK, **values: Any) -> None:
        """Answer with a page of ``templates/pages``."""
        self.set_status(status)
        self.finish(LOADER.load(f"{page}.html").generate(**values))

    def say(self, title: str, text: str, status: int = HTTPStatus.OK) -> None:
        """Answer with a page that says one thing."""
        raise NotImplementedError

    def go(self, path: str) -> None:
        """Have the browser fetch another page."""
        self.set_header("Location", path)
        self.reply_empty(HTTPStatus.SEE_OTHER)

    def options(self, *_: str, **__: str) -> None:
        """The verbs are in ``Allow``; there is nothing more to say of a page."""
        self.reply_empty(HTTPStatus.NO_CONTENT)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that says what went wrong, without a word of insides."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if not isinstance(error, ProductError) or isinstance(error, MethodNotAllowed):
            self.set_header("Content-Type", "application/json")
            super().write_error(status_code, **kwargs)
            return
        for name, value in error.headers.items():
            self.set_header(name, value)
        self.say(HTTPStatus(error.status).phrase, error.detail, error.status)
