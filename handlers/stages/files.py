"""/api/v1/binarycontent/, and /media/ where anybody reads what was stored (surface, "Files")."""

from collections.abc import Mapping
from typing import Any, ClassVar

from domain.stage_files import Upload, is_shown, media_type
from handlers import auditing
from handlers.bodies import FormData
from handlers.seed.base import Links, SeedHandler, both
from handlers.seed.resources import (
    ChangeVerbs,
    CreateVerb,
    DeleteVerb,
    ListVerb,
    Resource,
    ResourceHandler,
    ShowVerb,
)
from models.stage_schemas import BINARY

KEPT = "public, max-age=86400"  # a name never means another content


class _File(ResourceHandler):
    schema = new_schema = BINARY

    @property
    def resource(self) -> Resource:
        return self.app.stages.binaries

    def body(self) -> object:
        """The body, in which a file of a form is an `Upload`.

        An empty field is none: a browser sends one for a file that nobody chose.
        """
        body = super().body()
        if not isinstance(body, FormData):
            return body
        files: Mapping[str, Any] = {name: Upload(*one) for name, one in body.files.items()}
        fields = {name: values[-1] for name, values in body.fields.items() if values[-1]}
        return {**fields, **files}

    def shown(self, item: Any) -> dict[str, Any]:
        return {"id": item["_id"], "content": media_url(item["name"], self.links)}


class FilesHandler(ListVerb, CreateVerb, _File):
    """All files, the oldest first; storing one."""

    audits = {"POST": "stages.files.create"}


class FileHandler(ShowVerb, ChangeVerbs, DeleteVerb, _File):
    """One file."""

    audits = auditing.writes("stages.files")


class MediaHandler(SeedHandler):
    """The content of a file, to whoever knows its name, and never as a page."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})

    def _check_representation(self) -> None:
        """It is what it is, whatever was asked for."""

    async def get(self, name: str) -> None:
        content = await self.app.stages.binaries.read(name)
        self.set_header("Content-Type", media_type(name))
        self.set_header("Content-Disposition", "inline" if is_shown(name) else "attachment")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Cache-Control", KEPT)
        self.finish(content)


def media_url(name: str | None, links: Links) -> str | None:
    """Where a file is read; None for one that is gone."""
    return None if name is None else f"{links.root}/media/{name}"


ROUTES = [
    *both(r"/api/v1/binarycontent/", FilesHandler),
    *both(r"/api/v1/binarycontent/([0-9]+)/", FileHandler),
    (r"/media/([0-9a-zA-Z.]+)", MediaHandler),
]
