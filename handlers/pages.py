"""The web pages: static files from ``web/``, under a strict content policy."""

from pathlib import Path
from typing import Any

from tornado.web import StaticFileHandler

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
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Content-Security-Policy", POLICY)

    def set_extra_headers(self, path: str) -> None:
        """Browsers ask each time, and are told when nothing changed."""
        self.set_header("Cache-Control", "no-cache")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish({"detail": "Not found." if status_code == 404 else self._reason})


ROUTES = [
    (r"/()", PageHandler, {"path": str(WEB), "default_filename": "index.html"}),
    (r"/web/(.+)", PageHandler, {"path": str(WEB)}),
    (r"/(favicon\.ico)", PageHandler, {"path": str(WEB)}),
]
