"""Tokens for other people's programs, made by administrators (stages contract, 1.2.1)."""

from http import HTTPStatus

from handlers.seed.base import SeedHandler, both
from models.account_schemas import TOKEN_OF


class UserTokenHandler(SeedHandler):
    """A new token for the account of an e-mail address."""

    needs = None
    admin_only = True
    creates = frozenset({"POST"})
    audits = {"POST": "tokens.create"}

    async def post(self) -> None:
        body = self.load(TOKEN_OF)
        token = await self.app.accounts.token_for(body["email"], self.key(), self.fingerprint())
        self.reply({"token": token}, HTTPStatus.CREATED)


ROUTES = both(r"/api/v1/user/token/", UserTokenHandler)
