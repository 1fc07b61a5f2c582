"""/api/v1/message/, with the slash: without it is announcements' (stages contract, 1.2.4)."""

from typing import Any

import orjson

from domain.instants import to_text
from handlers import auditing
from handlers.ids import number
from handlers.seed.base import Links, SeedHandler, both
from handlers.seed.resources import ChangeVerbs, CreateVerb, DeleteVerb, ShowVerb
from handlers.stages.base import FilteredListVerb, RowsHandler
from handlers.stages.files import media_url
from models.stage_schemas import MESSAGE
from services.stage_rows import Rows

ORDER = (
    *("id", "messageset", "sequence_number", "lang", "metadata", "text_content"),
    *("binary_content", "created_at", "updated_at"),
)


class _Message(RowsHandler):
    schema = new_schema = MESSAGE

    @property
    def resource(self) -> Rows:
        return self.app.stages.messages

    def shown(self, item: Any) -> dict[str, Any]:
        shown = shown_content(item, self.links)
        shown = {**shown, "binary_content": item["binary_content"]}
        shown["metadata"] = orjson.Fragment(item["metadata"])
        return {name: shown[name] for name in ORDER}


class MessagesHandler(FilteredListVerb, CreateVerb, _Message):
    """All messages, the oldest first; making one."""

    audits = {"POST": "stages.messages.create"}


class MessageHandler(ShowVerb, ChangeVerbs, DeleteVerb, _Message):
    """One message."""

    audits = auditing.writes("stages.messages")


class ContentHandler(SeedHandler):
    """One message, as a set shows it."""

    async def get(self, digits: str) -> None:
        self.reply(shown_content(await self.app.stages.messages.get(number(digits)), self.links))


def shown_content(item: Any, links: Links) -> dict[str, Any]:
    """A message without its metadata, with its file."""
    file = item["binary_content"]
    shown = None if file is None else {"id": file, "content": media_url(item["file"], links)}
    return {
        "id": item["_id"],
        "messageset": item["messageset"],
        "sequence_number": item["sequence_number"],
        "lang": item["lang"],
        "text_content": item["text_content"],
        "binary_content": shown,
        "created_at": to_text(item["created_at"]),
        "updated_at": to_text(item["updated_at"]),
    }


ROUTES = [
    (r"/api/v1/message/", MessagesHandler),
    (r"/api/v1/message/([0-9]+)/", MessageHandler),
    *both(r"/api/v1/message/([0-9]+)/content/", ContentHandler),
]
