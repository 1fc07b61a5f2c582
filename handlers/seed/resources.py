"""The verbs of a resource of seeds 000 and 002, each a part that a handler takes or leaves.

A handler names the use cases (``resource``), the schemas of its bodies, and how an item is shown.
"""

from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from marshmallow import Schema

from domain.accounts import User
from domain.records import Key
from domain.windows import Listed, Window
from handlers.ids import number
from handlers.seed.base import SeedHandler


class Listing(Protocol):
    """What is read of items; `get` raises `NotFound` for one that is not there."""

    async def listed(self, window: Window) -> Listed[Any]: ...

    async def get(self, number: int, /) -> Any: ...


class Resource(Listing, Protocol):
    """What is done with items; raises `NotFound` for one that is not there."""

    async def create(
        self, user: User, given: dict[str, Any], key: Key | None, fingerprint: str, /
    ) -> Any: ...

    async def change(
        self, user: User, number: int, given: dict[str, Any], /, *, partial: bool
    ) -> Any: ...

    async def delete(self, number: int, /) -> None: ...


class ReadHandler(SeedHandler):
    """A route of a resource that is at least read."""

    @property
    def resource(self) -> Listing:
        raise NotImplementedError

    async def item(self, text: str) -> int:
        """The number of the item that a path names; raises `NotFound`."""
        return number(text)

    def shown(self, item: Any) -> dict[str, Any]:
        """The item as this caller may see it; with a ``url``, creating it says where it is."""
        raise NotImplementedError


class ResourceHandler(ReadHandler):
    """A route of a resource that is written, too."""

    schema: ClassVar[Schema]
    new_schema: ClassVar[Schema]

    @property
    def resource(self) -> Resource:
        raise NotImplementedError

    async def look_up(self, item: int | None) -> None:
        """Find out what only a store can say of the body that `load` reads next.

        ``item`` is what it changes, None for a new one. Most bodies say all of themselves.
        """


class ListVerb(ReadHandler):
    async def get(self) -> None:
        self.reply_list(await self.resource.listed(self.window()), self.shown)


class CreateVerb(ResourceHandler):
    creates = frozenset({"POST"})

    async def post(self) -> None:
        await self.look_up(None)
        given = self.load(self.new_schema)
        item = await self.resource.create(self.user, given, self.key(), self.fingerprint())
        made = self.shown(item)
        if "url" in made:
            self.set_header("Location", made["url"])
        self.about(made.get("id"))
        self.reply(made, HTTPStatus.CREATED)


class ShowVerb(ReadHandler):
    async def get(self, digits: str) -> None:
        self.reply(self.shown(await self.resource.get(await self.item(digits))))


class ChangeVerbs(ResourceHandler):
    """PUT wants what is required; neither resets what is not given (contract 1.1, "PUT")."""

    async def put(self, digits: str) -> None:
        await self._change(digits, partial=False)

    async def patch(self, digits: str) -> None:
        await self._change(digits, partial=True)

    async def _change(self, digits: str, *, partial: bool) -> None:
        item = await self.item(digits)
        await self.resource.get(item)
        await self.look_up(item)
        given = self.load(self.schema, partial=partial)
        changed = await self.resource.change(self.user, item, given, partial=partial)
        self.reply(self.shown(changed))


class DeleteVerb(ResourceHandler):
    async def delete(self, digits: str) -> None:
        await self.resource.delete(await self.item(digits))
        self.reply_empty(HTTPStatus.NO_CONTENT)
