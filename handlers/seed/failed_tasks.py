"""What failed for good: to be seen, and begun anew (stages contract, 1.2.8 and 1.3.3)."""

from http import HTTPStatus
from typing import Any

from domain.instants import to_text
from handlers.seed.base import Links, both
from handlers.seed.resources import Listing, ListVerb, ReadHandler, ShowVerb


class _FailedTask(ReadHandler):
    @property
    def resource(self) -> Listing:
        return self.app.schedules.failed

    def shown(self, item: Any) -> dict[str, Any]:
        return shown_failure(item, self.links)


class FailedTasksHandler(ListVerb, _FailedTask):
    """All that failed, the newest first; posting begins it anew."""

    audits = {"POST": "failed_tasks.requeue"}

    async def post(self) -> None:
        await self.app.schedules.failed.requeue()
        self.reply({"requeued_failed_tasks": True}, HTTPStatus.CREATED)


class FailedTaskHandler(ShowVerb, _FailedTask):
    """One task that failed."""


def shown_failure(row: Any, links: Links) -> dict[str, Any]:
    """One shape for both seeds; what is the other's is null."""
    return {
        "url": links.to("failed-tasks", row["_id"]),
        "id": row["_id"],
        "schedule": links.to("schedule", row["schedule"]),
        "subscription": links.to("subscriptions", row["subscription"]),
        "subscription_id": row["subscription"],
        "task_id": row["task_id"],
        "initiated_at": to_text(row["initiated_at"]),
        "reason": row["reason"],
    }


ROUTES = [
    *both(r"/api/v1/failed-tasks/", FailedTasksHandler),
    *both(r"/api/v1/failed-tasks/([0-9]+)/", FailedTaskHandler),
]
