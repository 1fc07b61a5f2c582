"""What every route of seeds 000 and 002 shares: dialect, right, bodies, links and windows of lists.

Links begin with what the client itself used, for the published client cuts exactly that off
(stages contract, 6.3).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from marshmallow import Schema

from domain.coercion import Refused
from domain.errors import Invalid
from domain.windows import Listed, Window, window
from handlers.base import ApiHandler
from handlers.bodies import FormData, shape
from handlers.dialects import SEED
from models.schemas import load
from models.seed_fields import SeedJson
from services.accounts import SERVICES

HOST = re.compile(r"[\w.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)
PREFIX = re.compile(r"(/[\w.~-]+)+/?", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True)
class Links:
    """Makes absolute URLs of resources; ``root`` is what stands before ``/api/``."""

    root: str

    def to(self, resource: str, item: int | str | None) -> str | None:
        """The URL of one resource, by its number or UUID; None for none."""
        return None if item is None else f"{self.root}/api/v1/{resource}/{item}/"


class SeedHandler(ApiHandler):
    """A route of the two seeds."""

    dialect = SEED
    needs: ClassVar[str | None] = SERVICES

    @property
    def links(self) -> Links:
        """Links under the mount and the host that this request named."""
        return Links(self._site() + self.request.path.rpartition("/api/")[0])

    def _site(self) -> str:
        """Scheme and host, and what a proxy of ours took off the path before it passed it on."""
        is_behind = bool(self.app.settings.server.trusted_proxies)
        told = self.request.headers if is_behind else {}
        host, prefix = told.get("X-Forwarded-Host", ""), told.get("X-Forwarded-Prefix", "")
        if not HOST.fullmatch(host):
            host = self.request.host
        prefix = prefix.rstrip("/") if PREFIX.fullmatch(prefix) else ""
        return f"{self.request.protocol}://{host}{prefix}"

    def load(self, schema: Schema, *, partial: bool = False) -> dict[str, Any]:
        """The body as the schema reads it; ``partial``: nothing is required. Raises `Invalid`."""
        body = self.body()
        shaped = shape(body, ())
        if isinstance(body, FormData) and isinstance(shaped, dict):
            shaped = _filled(schema, shaped)
        return load(schema, shaped, partial=partial)

    def window(self) -> Window:
        """Which stretch of the list is asked for."""
        return window(self.query())

    def reply_list(self, listed: Listed[T], show: Callable[[T], Mapping[str, Any]]) -> None:
        """A list's envelope with what lies in the window."""
        asked = self.window()
        self.reply(
            {
                "count": listed.count,
                "next": self._url_of(asked.next(listed.count)),
                "previous": self._url_of(asked.previous()),
                "results": [show(item) for item in listed.items],
            }
        )

    def _url_of(self, asked: Window | None) -> str | None:
        """This list with another window; without an offset where that would be zero."""
        if asked is None:
            return None
        query = {key: list(values) for key, values in self.query().items() if key != "offset"}
        query["limit"] = [str(asked.limit)]
        if asked.offset:
            query["offset"] = [str(asked.offset)]
        text = urlencode(sorted(query.items()), doseq=True)
        return f"{self._site()}{self.request.path}?{text}"


def both(pattern: str, handler: type[ApiHandler], *rest: Any) -> list[tuple[Any, ...]]:
    """A route and the same without its last slash: nothing else is there (house, decision 1)."""
    return [(pattern, handler, *rest), (pattern.removesuffix("/"), handler, *rest)]


def _filled(schema: Schema, form: dict[str, Any]) -> dict[str, Any]:
    """A form without the fields that were left empty and hold no text; raises `Invalid`."""
    filled = {}
    for key, text in form.items():
        field = schema.fields.get(key)
        if text == "" and not getattr(field, "is_text", False):
            continue
        try:
            filled[key] = field.from_form(text) if isinstance(field, SeedJson) else text
        except Refused as error:
            raise Invalid({key: error.texts}) from error
    return filled
