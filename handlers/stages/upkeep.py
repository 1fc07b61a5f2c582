"""Who is behind, and what is expected to leave today (stages contract, 1.2.8)."""

from http import HTTPStatus
from typing import Any

from domain.instants import to_text
from handlers.seed.base import SeedHandler, both
from handlers.seed.resources import Listing, ListVerb, ReadHandler, ShowVerb


class _Behind(ReadHandler):
    needs = "stages.behind.view"

    @property
    def resource(self) -> Listing:
        return self.app.upkeep.behind

    def shown(self, item: Any) -> dict[str, Any]:
        links = self.links
        current, expected = item["current_messageset"], item["expected_messageset"]
        return {
            "id": item["_id"],
            "subscription": links.to("subscriptions", item["uuid"]),
            "subscription_id": item["uuid"],
            "messages_behind": item["messages_behind"],
            "current_messageset": links.to("messageset", current),
            "current_messageset_id": current,
            "current_messageset_name": item["current_name"],
            "current_sequence_number": item["current_sequence_number"],
            "expected_messageset": links.to("messageset", expected),
            "expected_messageset_id": expected,
            "expected_messageset_name": item["expected_name"],
            "expected_sequence_number": item["expected_sequence_number"],
            "created_at": to_text(item["created_at"]),
        }


class BehindListHandler(ListVerb, _Behind):
    """All that were found behind, the newest first."""


class BehindHandler(ShowVerb, _Behind):
    """One that was found behind."""


class FindBehindHandler(SeedHandler):
    """Looking for those who are behind now."""

    needs = "stages.behind.find"
    creates = frozenset({"POST"})
    audits = {"POST": "stages.find-behind"}

    async def post(self) -> None:
        task = await self.app.upkeep.behind.find_later(self.user, self.key(), self.fingerprint())
        self.reply({"accepted": True, "task_id": task}, HTTPStatus.ACCEPTED)


class EstimateHandler(SeedHandler):
    """Estimating what leaves today, by set."""

    creates = frozenset({"POST"})
    audits = {"POST": "stages.estimate"}

    async def post(self) -> None:
        estimates = self.app.upkeep.estimates
        task = await estimates.estimate_later(self.user, self.key(), self.fingerprint())
        self.reply({"accepted": True, "task_id": task}, HTTPStatus.ACCEPTED)


ROUTES = [
    *both(r"/api/v1/behind-subscriptions/", BehindListHandler),
    *both(r"/api/v1/behind-subscriptions/([0-9]+)/", BehindHandler),
    *both(r"/api/v1/behind-subscriptions/find_behind_subscriptions/", FindBehindHandler),
    *both(r"/api/v1/runsendestimate/", EstimateHandler),
]
