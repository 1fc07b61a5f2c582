"""Routes served without a store: the callers are known by name, and nothing is behind them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from tornado.web import Application

from domain.accounts import Identity, User
from domain.audiences import Member
from domain.errors import NotAuthenticated
from domain.items import MESSAGE, NOTICE
from services.seeing import Seeing
from settings import load
from tests.servers import answering

NEW = Member(0, ())
USERS = {
    "alice": User(1, "alice", NEW),
    "bob": User(2, "bob", NEW, rights=frozenset({"services"})),
    "root": User(3, "root", NEW, is_admin=True),
}


class Identities:
    """A user's name is his token and his cookie."""

    async def by_token(self, name: str) -> Identity:
        if name not in USERS:
            raise NotAuthenticated("Invalid token.")
        return Identity(USERS[name], name)

    async def by_cookie(self, name: str) -> Identity:
        return Identity(
            USERS[name], name, is_session=True, by_cookie=True, csrf_token=f"csrf of {name}"
        )


def token(name: str) -> tuple[str, str]:
    return ("Authorization", f"Token {name}")


def light_app(**environ: str) -> Any:
    """What routes need that reach no use case; ``heard`` is what callers said they have seen."""
    heard: list[int] = []
    changes = SimpleNamespace(hear_from_caller=heard.append, heard=heard)
    live = SimpleNamespace(
        drain=lambda: asyncio.sleep(0), hub=[], is_draining=False, telling=SimpleNamespace()
    )
    settings = load(environ=environ)
    boxes = {MESSAGE: settings.inbox.messages, NOTICE: settings.inbox.notices}
    return SimpleNamespace(
        settings=settings,
        identities=Identities(),
        changes=changes,
        live=live,
        inbox=SimpleNamespace(boxes=boxes),
        seeing=Seeing(),
        safety=SimpleNamespace(rates=None),
    )


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[int]:
    """The port on which it answers."""
    try:
        async with answering(application) as port:
            yield port
    finally:
        busy = application.settings["busy"]
        assert not busy, "a request that ended would hold up a server that leaves"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
