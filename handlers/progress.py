"""/progress/<id>/: how far a long action is."""

from typing import Any

from domain.instants import to_text
from handlers.base import ApiHandler
from models.progress import Progress


class ProgressHandler(ApiHandler):
    """One of them, for who asked for it, administrators and `internal_app`."""

    async def get(self, key: str) -> None:
        self.reply(resource(await self.app.progress.read(key, self.user)))


def resource(progress: Progress) -> dict[str, Any]:
    """A long action, as the API shows it."""
    return {
        "id": progress.id,
        "kind": progress.kind,
        "done": progress.done,
        "total": progress.total,
        "state": progress.state,
        "started": to_text(progress.started),
        "ended": None if progress.ended is None else to_text(progress.ended),
        "links": dict(progress.links),
    }


ROUTES = [(r"/progress/([\w.:-]+)/", ProgressHandler)]
