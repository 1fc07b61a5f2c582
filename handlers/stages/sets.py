"""/api/v1/messageset/ (stages contract, 1.2.3)."""

from typing import Any

from domain.instants import to_text
from handlers import auditing
from handlers.ids import number
from handlers.seed.base import SeedHandler, both
from handlers.seed.resources import ChangeVerbs, CreateVerb, DeleteVerb, ShowVerb
from handlers.stages.base import FilteredListVerb, RowsHandler
from handlers.stages.messages import shown_content
from models.stage_schemas import MESSAGE_SET
from services.stage_rows import Rows


class _Set(RowsHandler):
    schema = new_schema = MESSAGE_SET

    @property
    def resource(self) -> Rows:
        return self.app.stages.sets

    def shown(self, item: Any) -> dict[str, Any]:
        return {
            "id": item["_id"],
            "short_name": item["short_name"],
            "label": item["label"],
            "content_type": item["content_type"],
            "notes": item["notes"],
            "next_set": item["next_set"],
            "default_schedule": item["default_schedule"],
            "created_at": to_text(item["created_at"]),
            "updated_at": to_text(item["updated_at"]),
        }


class SetsHandler(FilteredListVerb, CreateVerb, _Set):
    """All message sets, the oldest first; making one."""

    audits = {"POST": "stages.sets.create"}


class SetHandler(ShowVerb, ChangeVerbs, DeleteVerb, _Set):
    """One message set."""

    audits = auditing.writes("stages.sets")


class SetMessagesHandler(SeedHandler):
    """One message set with all its messages: an object, not a list."""

    async def get(self, digits: str) -> None:
        sets = self.app.stages.sets
        found = await sets.get(number(digits))
        messages = await sets.messages(found["_id"])
        self.reply(
            {
                "id": found["_id"],
                "short_name": found["short_name"],
                "notes": found["notes"],
                "next_set": found["next_set"],
                "default_schedule": found["default_schedule"],
                "messages": [shown_content(one, self.links) for one in messages],
                "created_at": to_text(found["created_at"]),
                "updated_at": to_text(found["updated_at"]),
            }
        )


class LanguagesHandler(SeedHandler):
    """The languages of every message set."""

    async def get(self) -> None:
        self.reply(await self.app.stages.languages())


ROUTES = [
    *both(r"/api/v1/messageset/", SetsHandler),
    *both(r"/api/v1/messageset/([0-9]+)/", SetHandler),
    *both(r"/api/v1/messageset/([0-9]+)/messages/", SetMessagesHandler),
    *both(r"/api/v1/messageset_languages/", LanguagesHandler),
]
