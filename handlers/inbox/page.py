"""What the inbox's own page reads: items of all kinds together, people, counts (surface)."""

from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from domain.items import ANNOUNCEMENT, BOX_OF, MESSAGE, NOTICE, SENT, Item
from handlers.base import ApiHandler
from handlers.ids import number
from handlers.queries import flag, instant, last, page, whole
from services.items import Names
from services.pages import Wanted

KINDS = (MESSAGE, NOTICE, SENT, ANNOUNCEMENT)
OPENED = (MESSAGE, NOTICE, SENT)
USUAL_PAGE, LARGEST_PAGE, MOST_PEOPLE = 50, 200, 20


class ItemShape(ApiHandler):
    """How an item of any kind is shown."""

    def shown(self, item: Item, names: Names) -> dict[str, Any]:
        shown = {"kind": item.kind, "revision": item.revision, "version": item.version}
        shown |= self.app.inbox.shapes[BOX_OF[item.kind]].resource(item, names)
        if item.origin:
            shown["origin"] = dict(item.origin)
        if item.expires_at:
            shown["expires_at"] = to_text(item.expires_at)
        return shown


class ItemHandler(ItemShape):
    """One of one's items, as the list has it; ids are of a kind."""

    async def get(self, digits: str) -> None:
        kind = last(self.query(), "kind") or MESSAGE
        if kind not in OPENED:
            raise Invalid({"kind": [f'"{kind}" is not a valid choice.']})
        self.reply(self.shown(*await self.app.inbox.pages.one(self.user, kind, number(digits))))


class ItemsHandler(ItemShape):
    """One page of one's items, newest first."""

    async def get(self) -> None:
        self.set_header("Carillon-Cursor", self.app.live.feed.now().encode())
        asked = page(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        found = await self.app.inbox.pages.items(self.user, self._wanted(), asked)
        following = found.next.encode() if found.next else None
        items = [self.shown(item, found.names) for item in found.items]
        self.reply({"items": items, "next": following})

    def _wanted(self) -> Wanted:
        query = self.query()
        is_unread = flag(query, "unread")
        return Wanted(
            kinds=self._kinds(),
            is_read=None if is_unread is None else not is_unread,
            person=whole(query, "with"),
            origin=last(query, "origin") or "",
            text=last(query, "q") or "",
            since=instant(query, "since"),
            until=instant(query, "until"),
        )

    def _kinds(self) -> list[str]:
        """The kinds named; without any, what was received, or with one person all that passed."""
        given = [kind for kind in self.query().get("kind", ()) if kind]
        wrong = [kind for kind in given if kind not in KINDS]
        if wrong:
            raise Invalid({"kind": [f'"{wrong[0]}" is not a valid choice.']})
        usual = [MESSAGE, SENT] if last(self.query(), "with") else [MESSAGE, NOTICE]
        return list(dict.fromkeys(given)) or usual


class PeopleHandler(ApiHandler):
    """People whom one can write to, found by the beginning of any word of their name."""

    async def get(self) -> None:
        text = last(self.query(), "q") or ""
        found = await self.app.inbox.addressing.people(self.user, text, MOST_PEOPLE)
        self.reply([{"id": user, "username": name} for user, name in found])


class CountsHandler(ApiHandler):
    """How much is unread, and the moment for which it is true."""

    async def get(self) -> None:
        at = self.app.clock.now()
        counts = await self.app.inbox.mailboxes.count_unread_now(self.user)
        self.reply({**counts, "at": at})


ROUTES = [
    (r"/inbox/items/", ItemsHandler),
    (r"/inbox/items/([0-9]+)/", ItemHandler),
    (r"/inbox/people/", PeopleHandler),
    (r"/inbox/counts", CountsHandler),
]
