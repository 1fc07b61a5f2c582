"""What administrators look at: all lists of alerts, and what became of what was published."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.errors import NotFound
from domain.slugs import slug_of
from models.alert_contents import KINDS, AlertContents
from models.alert_emails import Emails
from models.alert_lists import AlertLists
from models.database import Document
from models.progress import Progress
from services.progress import Progresses


class Subscriptions(Protocol):
    """What this asks of subscriptions."""

    async def counts(self, lists: Collection[int]) -> dict[int, int]: ...


@dataclass(frozen=True)
class Published:
    """A content, with how many lists it was matched with and how far its e-mails are."""

    kind: str
    head: Document
    lists: int
    progress: Progress | None


class Overview:
    """Two lists, read page by page."""

    def __init__(
        self,
        lists: AlertLists,
        contents: AlertContents,
        *,
        subscriptions: Subscriptions,
        emails: Emails,
        progress: Progresses,
    ):
        self._lists, self._contents = lists, contents
        self._subscriptions, self._emails, self._progress = subscriptions, emails, progress

    async def lists(self, words: str, after: str, limit: int) -> list[tuple[Document, int]]:
        """Lists by slug, each with its active subscriptions; ``words`` begin the slug.

        They may be written as in a title, of which slugs are made: "Oil & gas" finds oil-gas. Words
        of which nothing can stand in a slug find nothing.
        """
        prefix = slug_of(words)
        if words.strip() and not prefix:
            return []
        found = await self._lists.of_slugs(prefix, after, limit)
        active = await self._subscriptions.counts([one["_id"] for one in found])
        return [(one, active[one["_id"]]) for one in found]

    async def published(self, before: int, limit: int) -> list[Published]:
        """What was received before an instant (µs), the newest first."""
        heads = [
            (kind, one)
            for kind in KINDS
            for one in await self._contents.received_before(kind, before, limit)
        ]
        return await self._told(
            sorted(heads, key=lambda one: one[1]["created_at"], reverse=True)[:limit]
        )

    async def one_published(self, content: str) -> tuple[Published, dict[str, int]]:
        """One, with how many of its e-mails are in each state; raises `NotFound`."""
        for kind in KINDS:
            if found := await self._contents.get(kind, content):
                [told] = await self._told([(kind, found)])
                return told, await self._emails.states_of(content)
        raise NotFound

    async def _told(self, newest: Sequence[tuple[str, Document]]) -> list[Published]:
        """These heads of contents, with how far each is."""
        ids = [one["_id"] for _, one in newest]
        lists, progress = await self._contents.match_counts(ids), await self._progress.known(ids)
        return [
            Published(kind, one, lists[one["_id"]], progress.get(one["_id"]))
            for kind, one in newest
        ]
