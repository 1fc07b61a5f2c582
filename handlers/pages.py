"""The web pages: static files from ``web/``, under a strict content policy."""

import logging
from pathlib import Path
from typing import Any

import orjson
from tornado.web import HTTPError, StaticFileHandler

from domain.errors import MethodNotAllowed, NotFound

log = logging.getLogger("carillon.http")

WEB = Path(__file__).parent.parent / "web"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class PageHandler(StaticFileHandler):
    """A file of the web pages; nothing that a page loads comes from elsewhere."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Allow", "GET, HEAD")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Content-Security-Policy", POLICY)

    def set_extra_headers(self, path: str) -> None:
        """Browsers ask each time, and are told when nothing changed."""
        self.clear_header("Allow")
        self.set_header("Cache-Control", "no-cache")

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """A name that no file can have, such as one with a NUL, is not found."""
        try:
            return super().validate_absolute_path(root, absolute_path)
        except (OSError, ValueError) as error:
            raise HTTPError(404) from error

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A path that is not there is the caller's mistake, not a line of our log."""
        if not isinstance(value, HTTPError) or value.status_code >= 500:
            log.error("%s %s", self.request.method, self.request.path, exc_info=(typ, value, tb))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """What is no file of ``web/`` is not found, whatever else it may be."""
        detail = f"{self._reason}."
        if status_code in (403, 404):
            self.set_status(404)
            detail = NotFound.detail
        elif status_code == 405:
            detail = MethodNotAllowed(self.request.method or "").detail
        self.set_header("Content-Type", "application/json")
        self.finish(orjson.dumps({"detail": detail}))


class ConsoleHandler(PageHandler):
    """The administrators' page. It holds nothing: what it shows it asks the API for."""

    def parse_url_path(self, url_path: str) -> str:
        return "console.html"


ROUTES = [
    (r"/()", PageHandler, {"path": str(WEB), "default_filename": "index.html"}),
    (r"/(console)", ConsoleHandler, {"path": str(WEB)}),
    (r"/web/(.+)", PageHandler, {"path": str(WEB)}),
    (r"/(favicon\.ico)", PageHandler, {"path": str(WEB)}),
]
