"""Tokens for other people's programs, made by administrators (stages contract, 1.2.1)."""

from http import HTTPStatus

from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.dialects import SEED
from models.account_schemas import TOKEN_OF
from models.schemas import load


class UserTokenHandler(ApiHandler):
    """A new token for the account of an e-mail address."""

    dialect = SEED
    admin_only = True

    async def post(self) -> None:
        body = load(TOKEN_OF, shape(self.body(), ()))
        token = await self.app.accounts.token_for(body["email"])
        self.reply({"token": token}, HTTPStatus.CREATED)


ROUTES = [(r"/api/v1/user/token/", UserTokenHandler)]
