"""/accounts/groups/: groups and who is in them, for administrators."""

from http import HTTPStatus
from typing import Any

from domain.instants import to_text
from handlers.accounts.administration import AdministrationHandler
from handlers.ids import number
from models.administration_schemas import GROUP, NEW_GROUP
from models.database import Document


class GroupsHandler(AdministrationHandler):
    """All groups, the newest first, with the system's; making one."""

    creates = frozenset({"POST"})
    audits = {"POST": "groups.create"}

    async def get(self) -> None:
        self.reply_list(await self.app.accounts.groups.listed(self.window(), self.words()), shown)

    async def post(self) -> None:
        given, groups = self.load(NEW_GROUP), self.app.accounts.groups
        made = await groups.create(self.user.id, given, self.key(), self.fingerprint())
        self.about(made["_id"])
        self.set_header("Location", f"/accounts/groups/{made['_id']}/")
        self.reply(shown(made), HTTPStatus.CREATED)


class GroupHandler(AdministrationHandler):
    """One group."""

    audits = {"PATCH": "groups.change", "DELETE": "groups.delete"}

    async def get(self, digits: str) -> None:
        self.reply(shown(await self.app.accounts.groups.get(number(digits))))

    async def patch(self, digits: str) -> None:
        groups, group = self.app.accounts.groups, number(digits)
        await groups.get(group)
        self.reply(shown(await groups.change(group, self.load(GROUP))))

    async def delete(self, digits: str) -> None:
        await self.app.accounts.groups.delete(number(digits), actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)


class MembersHandler(AdministrationHandler):
    """Who is in a group now, the newest accounts first."""

    async def get(self, digits: str) -> None:
        listed = await self.app.accounts.groups.members(number(digits), self.window())
        self.reply_list(listed, lambda one: {"id": one["_id"], "username": one["username"]})


class MemberHandler(AdministrationHandler):
    """One account in a group: put in, taken out; either may be said again."""

    audits = {"PUT": "groups.join", "DELETE": "groups.leave"}

    async def put(self, group: str, user: str) -> None:
        groups, pair = self.app.accounts.groups, (number(user), number(group))
        await groups.member(*pair)
        await groups.join(*pair, actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)

    async def delete(self, group: str, user: str) -> None:
        groups, pair = self.app.accounts.groups, (number(user), number(group))
        await groups.member(*pair)
        await groups.leave(*pair, actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)


def shown(group: Document) -> dict[str, Any]:
    return {
        "id": group["_id"],
        "name": group["name"],
        "displayname": group["displayname"],
        "rights": group["rights"],
        "is_system": group["is_system"],
        "created_at": to_text(group["since"]),
    }


ROUTES = [
    (r"/accounts/groups/", GroupsHandler),
    (r"/accounts/groups/([0-9]+)/", GroupHandler),
    (r"/accounts/groups/([0-9]+)/members/", MembersHandler),
    (r"/accounts/groups/([0-9]+)/members/([0-9]+)/", MemberHandler),
]
