"""Users and groups, to be read (stages contract, 1.3.1)."""

from typing import Any

from domain.errors import NotFound
from handlers.ids import number
from handlers.seed.base import Links, SeedHandler, both
from models.database import Document
from services.identities import present_groups


class UsersHandler(SeedHandler):
    """All users, the newest first."""

    async def get(self) -> None:
        listed = await self.app.accounts.directory.users(self.window())
        self.reply_list(listed, lambda one: shown_user(one, self.links))


class UserHandler(SeedHandler):
    """One user."""

    async def get(self, digits: str) -> None:
        found = await self.app.accounts.directory.user(number(digits))
        if found is None:
            raise NotFound
        self.reply(shown_user(found, self.links))


class GroupsHandler(SeedHandler):
    """All groups, the newest first."""

    async def get(self) -> None:
        listed = await self.app.accounts.directory.groups(self.window())
        self.reply_list(listed, lambda one: shown_group(one, self.links))


class GroupHandler(SeedHandler):
    """One group."""

    async def get(self, digits: str) -> None:
        found = await self.app.accounts.directory.group(number(digits))
        if found is None:
            raise NotFound
        self.reply(shown_group(found, self.links))


def shown_user(user: Document, links: Links) -> dict[str, Any]:
    return {
        "email": user["email"] or "",
        "groups": [links.to("group", group) for group in sorted(present_groups(user))],
        "url": links.to("user", user["_id"]),
        "username": user["username"],
    }


def shown_group(group: Document, links: Links) -> dict[str, Any]:
    return {"name": group["name"], "url": links.to("group", group["_id"])}


ROUTES = [
    *both(r"/api/v1/user/", UsersHandler),
    *both(r"/api/v1/user/([0-9]+)/", UserHandler),
    *both(r"/api/v1/group/", GroupsHandler),
    *both(r"/api/v1/group/([0-9]+)/", GroupHandler),
]
