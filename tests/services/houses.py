"""Processes without doors: two Carillons in one loop over one database, clocks moved by hand."""

from types import TracebackType
from typing import Any, Self

from carillon import Carillon
from domain.accounts import User
from domain.clock import Clock
from domain.events import Event
from embedded.stores import Endpoints
from models.users import NewUser
from services.inbox import Sending
from tests.conftest import HandClock, StoreUris, settings_for


class House:
    """One process; ``heard`` is every event that it was told of, in order."""

    def __init__(self, database: str, uris: StoreUris, wall: HandClock, **environ: str):
        settings = settings_for(database, **environ)
        self.carillon = Carillon(settings, Endpoints(uris.mongodb, uris.redis))
        self.carillon.clock = Clock(wall)
        self.heard: list[Event] = []

    async def __aenter__(self) -> Self:
        self.app = await self.carillon.begin()
        self.changes, self.inbox = self.app.changes, self.app.inbox
        self.records = self.carillon._records
        self.stores = self.carillon._stores
        self.changes.on_event(self.heard.append)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.carillon.end()

    async def user(self, name: str, **fields: Any) -> User:
        return await self.app.identities.user(await self.app.accounts.add(NewUser(name, **fields)))

    async def send(self, sender: User, content: str, *to: User, **more: Any) -> Any:
        wanted = [one.id for one in to]
        return await self.inbox.send(
            "message", Sending(sender=sender, content=content, wanted=wanted, **more)
        )
