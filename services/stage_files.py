"""Files that messages carry: a row each, and its content under a name that is never used again.

A name is noted before its content is stored, and before its row lets go of it. Whatever happens
then, a later start finds what has no row and removes it: an upload leaves a file or nothing.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from domain.accounts import User
from domain.clock import MINUTE
from domain.errors import NotFound, Problems, ProductError
from domain.records import Key
from domain.stage_files import Upload, stored_name
from models.database import Document
from models.stages import Stages as Stores
from services.changes import Changes
from services.stage_rows import Rows

RANDOM_BYTES: Final = 16
IN_DOUBT_US: Final = 60 * MINUTE  # longer than a request and its late finisher take


class Binaries(Rows):
    """Files by their numbers. With one go the messages that carry it (contract, 1.2.5)."""

    what = "stages.binary"
    defaults = {}

    def __init__(self, store: Stores, changes: Changes):
        super().__init__(store.binaries, store.counters.stage_files, changes)
        self._store, self._files = store, store.files

    async def read(self, name: str) -> bytes:
        """The content of the file of this name; raises `NotFound`."""
        row = await self._store.binaries.first({"name": name})
        content = None if row is None else await self._files.read(name)
        if content is None:
            raise NotFound
        return content

    async def create(
        self, user: User, given: Mapping[str, Any], key: Key | None = None, fingerprint: str = ""
    ) -> Document:
        """A new file. Raises as `Changes.make`."""
        if await self.was_asked(key, fingerprint):
            return await super().create(user, {}, key, fingerprint)
        name = await self._put(given["content"])
        made = await super().create(user, {"name": name}, key, fingerprint)
        if made["name"] != name:  # the first request under this key was quicker
            await self._files.remove(name)
        await self._files.settle(name)
        return made

    async def change(
        self, user: User | None, number: int, given: Mapping[str, Any], *, partial: bool
    ) -> Document:
        """Another content, under another name. Raises as `Rows.change`."""
        if "content" not in given:
            return await super().change(user, number, {}, partial=partial)
        name = await self._put(given["content"])
        try:
            changed = await super().change(user, number, {"name": name}, partial=partial)
        except ProductError:
            await self._sort_out(name)
            raise
        await self._files.settle(name)
        return changed

    async def _put(self, upload: Upload) -> str:
        now = self._clock.wall()
        name = stored_name(upload, now, secrets.token_hex(RANDOM_BYTES))
        await self._files.doubt(name, now)
        await self._files.put(name, upload.content)
        return name

    async def _save(self, old: Document, new: Document) -> bool:
        if old["name"] == new["name"]:
            return await super()._save(old, new)
        await self._files.doubt(old["name"], self._clock.wall())
        is_saved = await super()._save(old, new)
        if is_saved:
            await self._sort_out(old["name"])
        return is_saved

    async def check_unused(self, row: Document) -> None:
        """It is never refused; from here on its content is in doubt."""
        await self._files.doubt(row["name"], self._clock.wall())

    async def after_delete(self, row: Document) -> None:
        for message in await self._store.messages.find({"binary_content": row["_id"]}):
            await self._store.messages.delete(message, self._clock.wall())
        await self._sort_out(row["name"])

    def taken(self) -> Problems:
        raise AssertionError("a name is never used again")

    async def tidy(self) -> None:
        """Remove what was left without an owner."""
        for name in await self._files.in_doubt(self._clock.wall() - IN_DOUBT_US):
            await self._sort_out(name)

    async def _sort_out(self, name: str) -> None:
        if await self._store.binaries.first({"name": name}) is None:
            await self._files.remove(name)
        await self._files.settle(name)


async def with_files(store: Stores, messages: Iterable[Document]) -> list[Document]:
    """Messages with the names of their files as ``file``."""
    messages = list(messages)
    files = {one["binary_content"] for one in messages} - {None}
    names = await store.binaries.field_of("name", files)
    return [{**one, "file": names.get(one["binary_content"])} for one in messages]
