"""The Python client under the script's hands."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from carillon_client import (
    Carillon,
    Change,
    Ended,
    Event,
    Failed,
    LiveList,
    Refused,
    SignedOut,
    Timing,
    Unread,
)

from tests.clients.cases import Case, Step, name_of


class PythonDriver:
    """A `tests.clients.player.Driver` in the same process."""

    offers = frozenset({"status", "token", "saving"})

    def __init__(self, base: str):
        self.handed: list[dict[str, Any]] = []
        self.shown: list[str] = []
        self.changed = asyncio.Event()
        self._base = base
        self._tasks: set[asyncio.Task[None]] = set()
        self._list: LiveList | None = None
        self._credentials = 0

    async def begin(self, case: Case) -> None:
        self._timing = Timing(scale=case.scale)
        self._renews, self._ways = case.renews, case.ways
        self._client = self._made()

    def _made(self, state: str | None = None) -> Carillon:
        token = self._token if self._renews else "credential-1"
        return Carillon(self._base, token, timing=self._timing, state=state, ways=self._ways)

    def _token(self) -> str:
        self._credentials += 1
        return f"credential-{self._credentials}"

    async def end(self) -> None:
        await self._client.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def act(self, step: Step) -> None:
        action: Awaitable[None] = getattr(self, f"do_{step['do']}")(step)
        self._tasks.add(asyncio.create_task(self._follow(action)))

    async def _follow(self, action: Awaitable[None]) -> None:
        try:
            await action
        except Failed as failed:
            self._hand(failed=failed.status)
        except Ended as end:
            kind = "signed_out" if isinstance(end, SignedOut) else "refused"
            self._hand(ended=kind, code=end.code)

    def _hand(self, **event: Any) -> None:
        self.handed.append(event)
        self._look()

    def _look(self) -> None:
        items = self._list.items if self._list is not None else []
        self.shown = [f"{item['kind']}/{item['id']}" for item in items]
        self.changed.set()

    async def do_connect(self, _: Step) -> None:
        async for event in self._client.events():
            self._hand(**_neutral(event))

    async def do_close(self, _: Step) -> None:
        await self._client.close()

    async def do_restart(self, _: Step) -> None:
        """As a program that ends, and goes on from what it saved."""
        state = self._client.state()
        await self._client.close()
        self._client = self._made(state)
        await self.do_connect({})

    async def do_renew(self, _: Step) -> None:
        await self._client.renew()

    async def do_list(self, step: Step) -> None:
        self._list = self._client.list(step["kinds"], unread=step.get("unread", False))
        await self._list.load()
        self._look()

    async def do_more(self, _: Step) -> None:
        assert self._list is not None
        await self._list.more()
        self._look()

    async def do_send(self, step: Step) -> None:
        sent = await self._client.send(step["content"], step["to"])
        self._hand(sent=list(sent.recipient_ids))

    async def do_mark_read(self, step: Step) -> None:
        kind, item_id = name_of(step["item"])
        await self._client.mark_read(kind, [item_id])  # type: ignore[arg-type]
        self._hand(done="mark_read")

    async def do_mark_unread(self, step: Step) -> None:
        kind, item_id = name_of(step["item"])
        await self._client.mark_unread(kind, [item_id])  # type: ignore[arg-type]
        self._hand(done="mark_unread")

    async def do_delete(self, step: Step) -> None:
        kind, item_id = name_of(step["item"])
        await self._client.delete(kind, [item_id])  # type: ignore[arg-type]
        self._hand(done="delete")


def _neutral(event: Event) -> dict[str, Any]:
    """An event in the language of the cases."""
    if isinstance(event, Change):
        told = {"version": event.version, "revision": event.revision, "item": event.item}
        return {"change": f"{event.kind}/{event.id}", "deleted": event.is_deleted, **told}
    if isinstance(event, Unread):
        return {"unread": [event.messages, event.notices, event.announcements]}
    if isinstance(event, Refused):
        return {"refused": event.code}
    return {"reset": True}
