"""What the inbox's own page reads: items of all kinds together, people, counts (surface)."""

from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from domain.items import BOX_OF, MESSAGE, NOTICE, SENT, Item
from domain.paging import ListCursor
from handlers.base import ApiHandler
from handlers.queries import flag, instant, last, limit, whole
from services.mailboxes import Keep, Window

KINDS = (MESSAGE, NOTICE, SENT)
USUAL_PAGE, LARGEST_PAGE, MOST_PEOPLE = 50, 200, 20


class ItemsHandler(ApiHandler):
    """One page of one's items, newest first."""

    async def get(self) -> None:
        self.set_header("Carillon-Cursor", self.app.live.feed.now().encode())
        size = limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        window = self._window(size + 1)
        mailboxes = self.app.inbox.mailboxes
        is_unread = flag(self.query(), "unread")
        is_read = None if is_unread is None else not is_unread
        items = await mailboxes.page(self.user, self._kinds(), is_read, window)
        names = await mailboxes.names(items)
        rest = items[size - 1] if len(items) > size else None
        following = ListCursor(0, rest.sent_on, rest.id).encode() if rest else None
        self.reply({"items": [self._item(one, names) for one in items[:size]], "next": following})

    def _kinds(self) -> list[str]:
        given = self.query().get("kind", [])
        wrong = [kind for kind in given if kind not in KINDS]
        if wrong:
            raise Invalid({"kind": [f'"{wrong[0]}" is not a valid choice.']})
        usual = [MESSAGE, SENT] if last(self.query(), "with") else [MESSAGE, NOTICE]
        return list(dict.fromkeys(given)) or usual

    def _window(self, size: int) -> Window:
        query = self.query()
        cursor = self._cursor(last(query, "cursor") or "")
        until, now = instant(query, "until"), self.app.clock.now()
        latest = min(cursor.sent_on if cursor else now, now if until is None else until)
        return Window(
            until=latest,
            since=max(0, instant(query, "since") or 0),
            after=(-cursor.sent_on, cursor.id) if cursor else None,
            limit=size,
            keep=_keep(whole(query, "with"), last(query, "q") or ""),
        )

    def _cursor(self, text: str) -> ListCursor | None:
        try:
            return ListCursor.decode(text) if text else None
        except ValueError as error:
            raise Invalid({"cursor": ["Not a cursor."]}) from error

    def _item(self, item: Item, names: Any) -> dict[str, Any]:
        shown = {"kind": item.kind, "revision": item.revision, "version": item.version}
        shown |= self.app.inbox.shapes[BOX_OF[item.kind]].resource(item, names)
        if item.origin:
            shown["origin"] = dict(item.origin)
        if item.expires_at:
            shown["expires_at"] = to_text(item.expires_at)
        return shown


def _keep(person: int | None, text: str) -> Keep:
    wanted = text.casefold()

    def keep(item: Item) -> bool:
        if person is not None and person not in (item.sender, *item.recipients):
            return False
        return wanted in item.content.casefold()

    return keep


class PeopleHandler(ApiHandler):
    """People whom one can write to, found by the beginning of any word of their name."""

    async def get(self) -> None:
        text = last(self.query(), "q") or ""
        found = await self.app.inbox.people(self.user, text, MOST_PEOPLE)
        self.reply([{"id": user, "username": name} for user, name in found])


class CountsHandler(ApiHandler):
    """How much is unread, and the moment for which it is true."""

    async def get(self) -> None:
        at = self.app.clock.now()
        counts = await self.app.inbox.mailboxes.count_unread(self.user)
        self.reply({**counts, "at": at})


ROUTES = [
    (r"/inbox/items/", ItemsHandler),
    (r"/inbox/people/", PeopleHandler),
    (r"/inbox/counts", CountsHandler),
]
