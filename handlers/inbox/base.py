"""What the inbox's routes share: its dialect, its permissions, its keys (contract part 1)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from domain.errors import Forbidden, NotAuthenticated, ProductError
from domain.items import MESSAGE, Item
from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.dialects import INBOX
from models.schemas import items_schema, list_keys, load
from services.changes import Outcome
from services.items import Names, Shape
from settings_inbox import Box

SCHEMAS = {"message": items_schema("message_ids"), "notice": items_schema("notice_ids")}


class InboxHandler(ApiHandler):
    """A route of messages or of notices; ``action`` names its permission (contract 1.9)."""

    dialect = INBOX
    action: ClassVar[str]

    def initialize(self, kind: str = MESSAGE) -> None:
        super().initialize()
        self.kind = kind

    @property
    def box(self) -> Box:
        return self.app.inbox.boxes[self.kind]

    @property
    def shape(self) -> Shape:
        return self.app.inbox.shapes[self.kind]

    def check_permission(self) -> None:
        who = getattr(self.box.permissions, self.action)
        if who == "admin" and not self.user.is_admin:
            raise Forbidden

    def status_of(self, error: ProductError) -> int:
        if isinstance(error, NotAuthenticated):
            return self.app.settings.inbox.unauthenticated
        return super().status_of(error)

    def _challenge(self) -> None:
        if self.get_status() == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Token")

    def item_ids(self) -> list[int]:
        """The ids in the body, under this kind's key (contract 1.7)."""
        schema = SCHEMAS[self.kind]
        ids: list[int] = load(schema, shape(self.body(), list_keys(schema)))[f"{self.kind}_ids"]
        return ids

    def say_revision(self, outcome: Outcome) -> None:
        """Where what was made stands in the feed, and the id that its receipts go by."""
        self.set_header("Carillon-Revision", str(outcome.revision))
        if outcome.item is not None:
            self.set_header("Carillon-Id", str(outcome.item))

    def say_cursor(self) -> None:
        """Say what a list is true for; to be called before it is read."""
        self.set_header("Carillon-Cursor", self.app.live.feed.now().encode())

    def resources(self, items: Sequence[Item], names: Names) -> list[dict[str, Any]]:
        return [self.shape.resource(item, names) for item in items]
