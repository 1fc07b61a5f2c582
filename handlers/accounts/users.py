"""/accounts/users/: everybody's accounts, for administrators."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from handlers.accounts.administration import AdministrationHandler
from handlers.ids import number
from models.administration_schemas import NEW_USER, PASSWORD, USER
from models.database import Document
from services.identities import present_groups
from services.imports import import_accounts
from services.people import shown


class _UsersHandler(AdministrationHandler):
    async def shown(self, users: Sequence[Document]) -> list[dict[str, Any]]:
        """Accounts with the groups that they are in now."""
        wanted = {group for one in users for group in present_groups(one)}
        names = await self.app.accounts.store.groups.names(wanted)
        return [shown_user(one, names) for one in users]


class UsersHandler(_UsersHandler):
    """All accounts, the newest first; making one."""

    creates = frozenset({"POST"})
    audits = {"POST": "users.create"}

    async def get(self) -> None:
        listed = await self.app.accounts.people.listed(self.window(), self.words())
        shown = iter(await self.shown(listed.items))
        self.reply_list(listed, lambda _: next(shown))

    async def post(self) -> None:
        given = self.load(NEW_USER)
        people = self.app.accounts.people
        made = await people.create(self.user.id, given, self.key(), self.fingerprint())
        self.about(made["_id"])
        self.set_header("Location", f"/accounts/users/{made['_id']}/")
        self.reply((await self.shown([made]))[0], HTTPStatus.CREATED)


class UserHandler(_UsersHandler):
    """One account."""

    audits = {"PATCH": "users.change", "DELETE": "users.delete"}

    async def get(self, digits: str) -> None:
        found = await self.app.accounts.people.get(number(digits))
        self.reply((await self.shown([found]))[0])

    async def patch(self, digits: str) -> None:
        people, user = self.app.accounts.people, number(digits)
        await people.get(user)
        changed = await people.change(self.user.id, user, self.load(USER))
        self.reply((await self.shown([changed]))[0])

    async def delete(self, digits: str) -> None:
        await self.app.accounts.people.delete(self.user.id, number(digits))
        self.reply_empty(HTTPStatus.NO_CONTENT)


class PasswordHandler(AdministrationHandler):
    """A new password for somebody, which ends his sessions; made here when none is given."""

    audits = {"POST": "users.password"}

    async def post(self, digits: str) -> None:
        people, user = self.app.accounts.people, number(digits)
        await people.get(user)
        given = self.load(PASSWORD).get("password")
        made = await people.set_password(self.user.id, user, given)
        self.reply({"id": user, "password": made})


class ExportHandler(AdministrationHandler):
    """All that is kept of one person, to be handed to him."""

    audits = {"GET": "users.export"}

    async def get(self, digits: str) -> None:
        user = number(digits)
        found = await self.app.safety.legacy.export(user)
        self.set_header("Content-Disposition", f'attachment; filename="user-{user}.json"')
        self.reply(found)


class EraseHandler(AdministrationHandler):
    """The end of a person in every area."""

    audits = {"POST": "users.erase"}

    async def post(self, digits: str) -> None:
        await self.app.safety.legacy.erase(self.user.id, number(digits))
        self.reply_empty(HTTPStatus.NO_CONTENT)


class ImportHandler(AdministrationHandler):
    """Groups and users of one file, all or none, with a token for each user."""

    audits = {"POST": "users.import"}

    async def post(self) -> None:
        text = self.raw_body().decode("utf-8", "replace")
        tokens = await import_accounts(self.app.accounts, text)
        self.about(f"{len(tokens)} users")
        self.reply({"users": len(tokens), "tokens": tokens}, HTTPStatus.CREATED)


def shown_user(user: Document, groups: dict[int, str]) -> dict[str, Any]:
    present = sorted(present_groups(user) & groups.keys())
    return shown(user, [{"id": one, "name": groups[one]} for one in present])


ROUTES = [
    (r"/accounts/users/", UsersHandler),
    (r"/accounts/users/import/", ImportHandler),
    (r"/accounts/users/([0-9]+)/", UserHandler),
    (r"/accounts/users/([0-9]+)/password/", PasswordHandler),
    (r"/accounts/users/([0-9]+)/export/", ExportHandler),
    (r"/accounts/users/([0-9]+)/erase/", EraseHandler),
]
