"""What the resources of stages add to the seeds' verbs: filters, and names that must be there."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from domain.errors import Invalid
from handlers.bodies import shape
from handlers.seed.resources import ListVerb, ResourceHandler
from services.stage_rows import Rows


class RowsHandler(ResourceHandler):
    """A route of rows. What only the store can tell of a body is judged beside its schema."""

    _problems: Mapping[str, list[str]] = {}

    @property
    def resource(self) -> Rows:
        raise NotImplementedError

    async def look_up(self, item: int | None) -> None:
        body = shape(self.body(), ())
        if not isinstance(body, dict):
            return
        problems = await self.resource.problems(body, item)
        # The first request under this key may be what a repeated one finds in its place.
        is_new = problems and item is None
        if is_new and await self.resource.was_asked(self.key(), self.fingerprint()):
            problems = {}
        self._problems = problems

    def load(self, schema: Schema, *, partial: bool = False) -> dict[str, Any]:
        """The body as the schema reads it; raises `Invalid` with all that is wrong at once."""
        try:
            given = super().load(schema, partial=partial)
        except Invalid as error:
            found = error.problems
            whole = {**found, **self._problems} if isinstance(found, Mapping) else found
            raise Invalid(whole) from error
        if self._problems:
            raise Invalid(self._problems)
        return given


class FilteredListVerb(ListVerb, RowsHandler):
    async def get(self) -> None:
        self.reply_list(await self.resource.listed(self.window(), self.query()), self.shown)
