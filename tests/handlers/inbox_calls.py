"""The inbox's calls as tests make them, for messages and for notices alike."""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any

import pytest

from models.database import Document
from tests.sites import Answer, Person, Site

MESSAGE, NOTICE = "message", "notice"
NOT_FOUND = {"detail": "Not found."}

Test = Callable[..., Coroutine[Any, Any, None]]


def both_kinds(test: Test) -> Test:
    """The same test for messages and then for notices, as ``kind``, on one site emptied between."""

    @wraps(test)
    async def run(site: Site, **fixtures: Any) -> None:
        for kind in (MESSAGE, NOTICE):
            try:
                await test(site=site, kind=kind, **fixtures)
            except BaseException as error:
                error.add_note(f"kind = {kind!r}")
                raise
            await _empty(site)

    parameters = inspect.signature(test).parameters
    kept = [one for name, one in parameters.items() if name != "kind"]
    run.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    return run


async def _empty(site: Site) -> None:
    """Forget all accounts and items; ids go on."""
    for name in ("accounts_users", "accounts_tokens", "live_records", "jobs"):
        await site.carillon.database.collection(name).delete({})
    for name in ("deliveries", "messages", "notices", "receipts"):
        await site.carillon.database.collection(f"inbox_{name}").delete({})


def with_settings(**boxes: str) -> pytest.MarkDecorator:
    """A site where both kinds have these settings, e.g. ``recipients="strict"``."""
    environ = {
        f"CARILLON_INBOX_{plural}_{name.upper()}": text
        for plural in ("MESSAGES", "NOTICES")
        for name, text in boxes.items()
    }
    return pytest.mark.parametrize("environ", [environ], ids=[""])


class Inbox:
    """One kind's routes on a site, called as somebody."""

    def __init__(self, site: Site, kind: str):
        self.site, self.kind = site, kind
        self.key = f"{kind}_ids"

    async def send(self, who: Person, body: Any, **headers: str) -> Answer:
        path = f"/{self.kind}s/send/"
        return await self.site.request("POST", path, who, body=body, headers=headers)

    async def sent(self, who: Person, content: str, *to: Person) -> Answer:
        """Send and be sure that it was accepted for all of them."""
        answer = await self.send(who, {"content": content, "recipient_ids": [p.id for p in to]})
        assert answer.status == 201, answer
        return answer

    async def get(self, who: Person, path: str = "") -> Any:
        """What a GET answers; fails unless it is 200."""
        answer = await self.site.request("GET", f"/{self.kind}s/{path}", who)
        assert answer.status == 200, answer
        return answer.json

    async def ask(self, who: Person, path: str) -> tuple[int, Any]:
        answer = await self.site.request("GET", f"/{self.kind}s/{path}", who)
        return answer.status, answer.json

    async def contents(self, who: Person, path: str = "") -> list[str]:
        return [item["content"] for item in await self.get(who, path)]

    async def ids(self, who: Person) -> dict[str, int]:
        """The ids of one's items by their contents."""
        return {item["content"]: item["id"] for item in await self.get(who)}

    async def change(self, who: Person, action: str, ids: Any) -> tuple[int, Any]:
        """`mark-read`, `mark-unread`, `delete` or `delete-sent`: status and answer."""
        verb = "DELETE" if action.startswith("delete") else "PATCH"
        path = f"/{self.kind}s/{action}/"
        answer = await self.site.request(verb, path, who, body={self.key: ids})
        if not answer.body:
            assert "Content-Type" not in answer.headers
        return answer.status, answer.json

    async def done(self, who: Person, action: str, *contents: str) -> None:
        """Change one's items of these contents and be sure that it happened."""
        ids = await self.ids(who)
        status, said = await self.change(who, action, [ids[one] for one in contents])
        assert (status, said) == (204 if action == "delete" else 200, None)

    async def read(self, who: Person) -> list[str]:
        """The contents of one's items that are read, sorted."""
        return sorted(one["content"] for one in await self.get(who) if one["is_read"])

    # What is in the store

    async def copies(self, **query: Any) -> list[Document]:
        """The recipients' copies of this kind, by id."""
        found = await self.site.carillon.database.collection("inbox_deliveries").find(query)
        return sorted((one for one in found if one["kind"] == self.kind), key=_id)

    async def messages(self) -> list[Document]:
        """The messages as their senders keep them, by id."""
        return sorted(
            await self.site.carillon.database.collection("inbox_messages").find({}), key=_id
        )


def _id(document: Document) -> int:
    return int(document["_id"])


def ids_of(people: Iterable[Person]) -> list[int]:
    return [one.id for one in people]
