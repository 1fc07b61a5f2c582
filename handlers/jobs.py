"""/jobs/: what failed for good of all that happens later, for administrators; begun anew."""

from http import HTTPStatus
from typing import Any

from domain.instants import to_text
from domain.jobs import Row
from handlers.accounts.administration import AdministrationHandler
from handlers.base import ApiHandler


class DeadJobsHandler(AdministrationHandler):
    """Jobs that failed as often as they may, the latest due first."""

    async def get(self) -> None:
        self.reply_list(await self.app.later.dead(self.window()), _shown)


class RequeueHandler(ApiHandler):
    """Begins one anew."""

    admin_only = True
    audits = {"POST": "jobs.requeue"}

    async def post(self, key: str) -> None:
        await self.app.later.requeue(key)
        self.reply_empty(HTTPStatus.NO_CONTENT)


def _shown(row: Row) -> dict[str, Any]:
    head = {"id": row.key, "kind": row.kind, "due_at": to_text(row.due_at)}
    return {**head, "attempts": row.attempts, "error": row.error}


ROUTES = [
    (r"/jobs/dead/", DeadJobsHandler),
    (r"/jobs/([^/]+)/requeue/", RequeueHandler),
]
