"""What the resources of stages add to the seeds' verbs: filters, and names that must be there."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from domain.errors import Invalid
from domain.records import Key
from handlers.bodies import shape
from handlers.seed.resources import ChangeVerbs, CreateVerb, ListVerb, ResourceHandler
from services.stage_rows import Rows


class RowsHandler(ResourceHandler):
    """A route of rows. What only the store can tell of a body is judged beside its schema."""

    _problems: Mapping[str, list[str]] = {}

    @property
    def resource(self) -> Rows:
        raise NotImplementedError

    async def look_up(self, item: int | None) -> None:
        """Find out what the store says of the body that `load` reads next."""
        body = shape(self.body(), ())
        if not isinstance(body, dict):
            return
        problems = await self.resource.problems(body, item)
        # The first request under this key may be what a repeated one finds in its place.
        if problems and item is None and await self.resource.was_asked(*self._asked()):
            problems = {}
        self._problems = problems

    def _asked(self) -> tuple[Key | None, str]:
        return self.key(), self.fingerprint()

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


class JudgedCreateVerb(CreateVerb, RowsHandler):
    async def post(self) -> None:
        await self.look_up(None)
        await super().post()


class JudgedChangeVerbs(ChangeVerbs, RowsHandler):
    async def _change(self, text: str, *, partial: bool) -> None:
        item = await self.item(text)
        await self.resource.get(item)
        await self.look_up(item)
        await super()._change(text, partial=partial)
