"""/announcements/: what editors look at beside the API of the seed."""

from typing import Any

from domain.announcements import Announcement
from domain.errors import Invalid, NotFound
from domain.instants import to_text
from domain.localization import is_culture
from handlers.announcements.shapes import in_todays_names
from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.ids import number
from handlers.queries import last, numbers
from services.announced import sanitised
from services.announcements import RIGHT

NOT_A_LANGUAGE = "Not a language such as de-DE."
NOT_A_TEXT = "Not a valid string."


class _Editing(ApiHandler):
    needs = RIGHT

    async def announcement(self, digits: str) -> Announcement:
        """The one in the path; raises `NotFound`."""
        found = await self.app.announcements.find(number(digits))
        if found is None:
            raise NotFound
        return found


class AudienceHandler(_Editing):
    """How many see it, and how many have confirmed."""

    async def get(self, digits: str) -> None:
        one = await self.announcement(digits)
        reach = await self.app.announcements.views.reach(one)
        self.reply(
            {
                "id": one.id,
                "version": one.version,
                "in_force": reach.is_in_force,
                "users": reach.users,
                "confirmed": reach.confirmed,
                "confirmed_any": reach.confirmed_any,
            }
        )


class VersionsHandler(_Editing):
    """Every version of it, the oldest first."""

    async def get(self, digits: str) -> None:
        one = await self.announcement(digits)
        views = self.app.announcements.views
        found = await views.versions(one)
        people = await views.people([version for version, _, _ in found])
        self.reply(
            [
                {"at": to_text(at), "by": by, **in_todays_names(version, people)}
                for version, at, by in found
            ]
        )


class PreviewHandler(_Editing):
    """It as somebody of a language, in some groups, would see it now."""

    async def get(self, digits: str) -> None:
        one = await self.announcement(digits)
        language = last(self.query(), "language") or None
        if language is not None and not is_culture(language):
            raise Invalid({"language": [NOT_A_LANGUAGE]})
        groups = numbers(self.query(), "group")
        item, is_seen = self.app.announcements.views.preview(one, language, groups)
        shown: dict[str, Any] = self.app.inbox.shapes["notice"].resource(item, {})
        self.reply({**shown, "is_seen": is_seen})


class LanguagesHandler(_Editing):
    """The languages that announcements are written in, the usual one first."""

    async def get(self) -> None:
        self.reply({"languages": list(self.app.announcements.views.languages)})


class TextHandler(_Editing):
    """A text that is being written, as its readers will see it: without what could do harm."""

    async def post(self) -> None:
        given = shape(self.body(), ())
        text = given.get("message") if isinstance(given, dict) else None
        if not isinstance(text, str):
            raise Invalid({"message": [NOT_A_TEXT]})
        self.reply({"content": sanitised(text) or ""})


ROUTES = [
    (r"/announcements/preview", TextHandler),
    (r"/announcements/languages", LanguagesHandler),
    (r"/announcements/([0-9]+)/audience", AudienceHandler),
    (r"/announcements/([0-9]+)/versions", VersionsHandler),
    (r"/announcements/([0-9]+)/preview", PreviewHandler),
]
