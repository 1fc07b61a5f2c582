"""/openapi.json, /openapi/<area>.json, and /docs, the page that shows them."""

import asyncio
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final, Protocol

from tornado.web import HTTPError

from domain.errors import NotFound
from handlers.base import SAFE, ApiHandler
from handlers.description.channel import channel
from handlers.pages import WEB, PageHandler

# Found without being imported: importing it reads megabytes of templates that are not used.
_SPEC = find_spec("offapi")
assert _SPEC is not None
assert _SPEC.origin is not None
VIEWER: Final = Path(_SPEC.origin).parent
FILES: Final = ("swagger_bundle.js", "swagger_style.css")
CACHED: Final = "no-cache"


class Descriptions(Protocol):
    """The documents as JSON; each is made when it is asked for first."""

    areas: Collection[str]

    def openapi(self, area: str | None) -> bytes: ...


class DocumentHandler(ApiHandler):
    """The description of the API in OpenAPI 3.1."""

    open_verbs: ClassVar[frozenset[str]] = SAFE

    async def get(self, area: str | None = None) -> None:
        descriptions: Descriptions = self.settings["descriptions"]
        if area is not None and area not in descriptions.areas:
            raise NotFound
        body = await asyncio.to_thread(descriptions.openapi, area)
        self.set_header("Cache-Control", CACHED)
        self.finish(body)


class ChannelHandler(ApiHandler):
    """The description of the live channel in AsyncAPI 3."""

    open_verbs: ClassVar[frozenset[str]] = SAFE

    def get(self) -> None:
        self.set_header("Cache-Control", CACHED)
        self.reply(channel())


class ReaderHandler(PageHandler):
    """The page itself, with a final slash and without."""

    def parse_url_path(self, url_path: str) -> str:
        return "index.html"


class ViewerHandler(PageHandler):
    """The files of the page's viewer, which come from a package, and no other of its files."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if Path(absolute_path).name not in FILES:
            raise HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)


ROUTES = [
    (r"/openapi\.json", DocumentHandler),
    (r"/openapi/([a-z]+)\.json", DocumentHandler),
    (r"/asyncapi\.json", ChannelHandler),
    (r"/docs()", ReaderHandler, {"path": str(WEB / "docs")}),
    (r"/docs/()", ReaderHandler, {"path": str(WEB / "docs")}),
    (r"/docs/viewer/([\w.]+)", ViewerHandler, {"path": str(VIEWER)}),
]
