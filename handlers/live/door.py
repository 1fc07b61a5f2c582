"""What all ways to read the feed share: who may come, from which page, and from where on."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from domain.cursors import Cursor
from domain.errors import Forbidden
from domain.roster import Caller
from handlers.base import ApiHandler
from handlers.dialects import OWN, TICKET
from handlers.queries import last

LIVE = replace(OWN, name="live", credentials=OWN.credentials | {TICKET})
OWN_SITES = frozenset({"same-origin", "none"})


class LiveDoor(ApiHandler):
    """A door of the live channel.

    A cookie comes along from any page, so the page must be ours.
    """

    dialect = LIVE

    def check_permission(self) -> None:
        is_by_cookie = self.identity is not None and self.identity.by_cookie
        if is_by_cookie and not self.is_own_page():
            raise Forbidden("This origin may not connect.")

    def is_own_page(self) -> bool:
        """Is the page that asks by cookie one of ours?"""
        return self.is_own_origin()

    def is_own_origin(self) -> bool:
        """Does ``Origin`` name this server, or one that the configuration names?"""
        own = {f"{self.request.protocol}://{self.request.host}", *self.app.settings.live.origins}
        if self.app.settings.server.public_url:
            parts = urlsplit(self.app.settings.server.public_url)
            own.add(f"{parts.scheme}://{parts.netloc}")
        return _plain(self.request.headers.get("Origin", "")) in set(map(_plain, own))

    def caller(self, transport: str) -> Caller:
        """Where it comes from, as administrators see it."""
        return Caller(transport, self.request.remote_ip or "")

    def since(self) -> Cursor | None:
        """The cursor that the caller hands in; raises `Invalid` for a text that is none."""
        return self.app.live.cursor(last(self.query(), "since"))


class ReadingDoor(LiveDoor):
    """A door that is a plain GET: browsers name no origin in one to the page's own server.

    Another origin, if it may read at all, is told so in the way that browsers ask for.
    """

    def is_own_page(self) -> bool:
        if "Origin" in self.request.headers:
            return self.is_own_origin()
        return self.request.headers.get("Sec-Fetch-Site", "same-origin") in OWN_SITES

    def cross_origin_headers(self) -> Mapping[str, str]:
        """What lets a page of a configured origin read the answer."""
        if "Origin" not in self.request.headers or not self.is_own_origin():
            return {}
        origin = self.request.headers["Origin"]
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }


def _plain(origin: str) -> str:
    """An origin as it is compared."""
    return origin.rstrip("/").lower()
