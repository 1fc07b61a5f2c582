"""/accounts/tokens/: the tokens of everybody's programs, for administrators.

Only hashes are kept: a token is shown once, in the answer that made it.
"""

from http import HTTPStatus
from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from handlers.accounts.administration import AdministrationHandler, shown_id
from models.administration_schemas import NEW_TOKEN, NO_SUCH_ID
from models.database import Document
from services.hashes import hash_of


class TokensHandler(AdministrationHandler):
    """All tokens, the newest first; making one."""

    creates = frozenset({"POST"})
    audits = {"POST": "tokens.create"}

    async def get(self) -> None:
        users = await self.owners()
        name = None if users is None or "user" in self.query() else self.words()
        listed = await self.app.accounts.store.tokens.listed(self.window(), users, name)
        people = await self.named(one["user"] for one in listed.items)
        self.reply_list(listed, lambda one: shown(one, people.get(one["user"])))

    async def post(self) -> None:
        given = self.load(NEW_TOKEN)
        user = await self.app.accounts.store.users.get(given["user"])
        if user is None:
            raise Invalid({"user": [NO_SUCH_ID]})
        credentials = self.app.accounts.credentials
        token = await credentials.make_token(
            user["_id"], given.get("name"), key=self.key(), fingerprint=self.fingerprint()
        )
        found = await credentials.found("token", hash_of(token))
        self.about(f"{shown_id(found)} of {user['_id']}")
        self.set_header("Location", f"/accounts/tokens/{shown_id(found)}/")
        owner = {"id": user["_id"], "username": user["username"]}
        self.reply({**shown(found, owner), "token": token}, HTTPStatus.CREATED)


class TokenHandler(AdministrationHandler):
    """One token, which can be ended: what it opened is cut."""

    audits = {"DELETE": "tokens.revoke"}

    async def get(self, prefix: str) -> None:
        found = await self.app.accounts.credentials.found("token", prefix)
        people = await self.named([found["user"]])
        self.reply(shown(found, people.get(found["user"])))

    async def delete(self, prefix: str) -> None:
        await self.app.accounts.credentials.end("token", prefix, actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)


def shown(token: Document, user: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": shown_id(token),
        "user": user,
        "name": token["name"],
        "created_at": to_text(token["created"]),
    }


ROUTES = [
    (r"/accounts/tokens/", TokensHandler),
    (r"/accounts/tokens/([0-9a-f]{8,64})/", TokenHandler),
]
