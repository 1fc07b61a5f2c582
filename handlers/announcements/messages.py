"""/api/v1/message: the announcements, without a final slash (seed 004)."""

from collections.abc import Sequence
from typing import ClassVar

from domain import announcement_errors as errors
from domain.announcements import Announcement
from handlers.announcements.base import AnnouncementsHandler
from handlers.announcements.shapes import in_seeds_names, in_todays_names
from handlers.queries import last
from services.announcements import RIGHT

MOST_LISTED = 1_000
LONGEST_ID = 18


class _Messages(AnnouncementsHandler):
    """What both routes share."""

    async def show(self, these: Sequence[Announcement], *, is_inside: bool) -> None:
        """Answer with an array, in the names that were asked for."""
        self.about(",".join(str(one.id) for one in these))
        people = await self.app.announcements.views.people(these)
        if last(self.query(), "names") == "current":
            self.reply([in_todays_names(one, people) for one in these])
        else:
            self.reply([in_seeds_names(one, people, is_inside=is_inside) for one in these])


class MessagesHandler(_Messages):
    """All announcements; making several, changing several."""

    creates: ClassVar[frozenset[str]] = frozenset({"PUT"})
    limited = {"PUT": "sends", "POST": "sends"}
    audits = {"PUT": "announcements.create", "POST": "announcements.change"}
    audited_right = RIGHT

    async def get(self) -> None:
        self.say_cache()
        window = self._whole("offset", 0), min(MOST_LISTED, self._whole("limit", MOST_LISTED))
        found = await self.app.announcements.listed(*window) if window[1] else []
        await self.show(found, is_inside=True)

    async def put(self) -> None:
        made = await self.app.announcements.create(
            self.user, self.elements(), self.key(), self.fingerprint()
        )
        await self.show(made, is_inside=False)

    async def post(self) -> None:
        changed = await self.app.announcements.update(self.user, self.elements())
        await self.show(changed, is_inside=False)

    def delete(self) -> None:
        raise errors.ApiError(
            "error.api.positional_parameter_expected", "an id is expected: /api/message/<id>"
        )

    def _whole(self, name: str, usual: int) -> int:
        text = last(self.query(), name)
        if text is None:
            return usual
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise errors.bad_value(name, "not a whole number")
        return int(text)


class MessageHandler(_Messages):
    """One announcement, as an array."""

    audits = {"DELETE": "announcements.delete"}
    audited_right = RIGHT

    async def get(self, text: str) -> None:
        self.say_cache()
        found = await self.app.announcements.get(_number(text))
        await self.show([found], is_inside=True)

    async def delete(self, text: str) -> None:
        await self.app.announcements.delete(self.user, _number(text))
        self.reply_empty()


def _number(text: str) -> int:
    """The id in a path; raises an `AnnouncementError`."""
    if not (text.isascii() and text.isdecimal()):
        raise errors.bad_value("id", "not a whole number")
    if len(text) > LONGEST_ID:
        raise errors.message_not_found(text)
    return int(text)


ROUTES = [
    (r"/api/v1/message", MessagesHandler),
    (r"/api/v1/message/([^/]+)", MessageHandler),
]
