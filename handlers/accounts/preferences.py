"""What the caller wants to hear of, on which ways, and when not."""

from handlers.base import ApiHandler
from handlers.bodies import shape
from models.preference_schemas import PREFERENCES
from models.schemas import load


class PreferencesHandler(ApiHandler):
    """The caller's preferences."""

    async def get(self) -> None:
        self.reply(await self.app.accounts.preferences.show(self.user.id))

    async def patch(self) -> None:
        given = load(PREFERENCES, shape(self.body(), ()))
        self.reply(await self.app.accounts.preferences.edit(self.user.id, given))


ROUTES = [(r"/account/preferences/", PreferencesHandler)]
