"""One's own account: what its owner sees and changes himself."""

from handlers.base import ApiHandler
from handlers.bodies import shape
from models.account_schemas import EDIT
from models.schemas import load


class AccountHandler(ApiHandler):
    """The caller's account."""

    async def get(self) -> None:
        self.reply(await self.app.accounts.profiles.show(self.user.id))

    async def patch(self) -> None:
        assert self.identity is not None
        edit = load(EDIT, shape(self.body(), ()))
        self.reply(await self.app.accounts.profiles.edit(self.identity, edit))


ROUTES = [(r"/account/", AccountHandler)]
