"""Contents in the inboxes of subscribers who are users here, however often they get e-mails.

A subscriber is the user whose verified address is his (surface, "Users, groups, import"), so each
user gets one notice of a content. Subscribers are gone through in windows of their ids; those of a
window are one record, named by the content and where the window begins, which says where it ended.
A notice names the list of the subscription that was made last, as his e-mail does.
How far a content came is noted after each: who follows a process that died goes on there, and
doubles nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.alert_links import Links
from domain.errors import Conflict, Unavailable
from domain.spans import Spans
from models.alert_contents import AlertContents
from models.alert_lists import AlertLists
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.database import Document
from models.user_identities import UserIdentities
from push.mail_parts import stripped
from services.alert_generation import newest_of_each
from services.changes import Changes, Draft
from services.inbox_batches import Batches, Notice, Told

RING: Final = "alerts.ring"


@dataclass(frozen=True)
class Reach:
    """Whom a content reaches. ``last`` is the newest subscriber's id."""

    contents: AlertContents
    lists: AlertLists
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    users: UserIdentities
    last: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class _Publication:
    """One content on its way, and where its notices say that they come from, by list."""

    content: Document
    origins: Mapping[int, Document]


class Ringing:
    """Makes the notices of contents."""

    def __init__(self, reach: Reach, batches: Batches, changes: Changes, links: Links):
        self._reach, self._batches, self._changes = reach, batches, changes
        self._links = links
        changes.add_kinds({RING: Told(batches)})

    async def ring(self, kind: str, content: Document, lists: Sequence[int]) -> None:
        """Tell every user whom a content on these lists reaches; may be called again."""
        publication = _Publication(content, await self._origins(content, lists))
        if not publication.origins:
            return
        last = await self._reach.last()
        spans = Spans(last, content.get("rung", 0))
        while (span := spans.next()) is not None:
            notices, held = await self._notices(publication, *span)
            spans.held(held)
            until = span[1] - 1
            if notices and (was := await self._tell(content, notices, span[0], until)) != until:
                until, spans = was, Spans(last, was)
            await self._reach.contents.note_rung(kind, content["_id"], until)

    async def _notices(
        self, publication: _Publication, after: int, before: int
    ) -> tuple[list[Notice], int]:
        """One for each user of those between; and how many subscriptions there were."""
        origins = publication.origins
        found = await self._reach.subscriptions.of_lists(list(origins), after, before)
        newest = newest_of_each(found)
        shown = text_of(publication.content)
        users = await self._users(sorted(newest))
        notices = [
            Notice(user, one, shown, origins[newest[one]["list"]]) for one, user in users.items()
        ]
        return notices, len(found)

    async def _users(self, subscribers: Sequence[int]) -> dict[int, int]:
        """Those of them who are users here, by subscriber."""
        if not subscribers:
            return {}
        rows = await self._reach.subscribers.of_window(subscribers)
        keys = {rows[one].get("address_key"): one for one in subscribers if one in rows}
        users = await self._reach.users.of_addresses(key for key in keys if key is not None)
        folded = {key.casefold(): subscriber for key, subscriber in keys.items() if key}
        return {folded[address]: user for address, user in users.items()}

    async def _tell(
        self, content: Document, notices: Sequence[Notice], after: int, until: int
    ) -> int:
        """One record for all of them; returns up to whom it is, for it may have been made before.

        Raises `Unavailable` while another process carries it out.
        """
        body = {"part": await self._batches.drafted(notices)}
        name = f"{RING}:{content['_id']}:{after}"
        try:
            made = await self._changes.make(
                Draft(RING, None, body, answer={"until": until}, id=name)
            )
        except Conflict as error:
            raise Unavailable("This content is being told of.") from error
        kept = made.answer.get("until", until)
        assert isinstance(kept, int)
        return kept

    async def _origins(self, content: Document, lists: Sequence[int]) -> dict[int, Document]:
        """Of each of these lists that is still there."""
        path = content.get("base_path")
        url = f"/{path.lstrip('/')}" if path is not None else content.get("url")
        origin = {
            "area": "alerts",
            "id": content["_id"],
            "title": content["title"],
            "url": self._absolute(url),
        }
        return {
            number: {**origin, "list": self._shown(alert_list)}
            for number, alert_list in (await self._reach.lists.get_all(lists)).items()
        }

    def _shown(self, alert_list: Document) -> Document:
        return {
            "id": alert_list["_id"],
            "title": alert_list["title"],
            "url": self._absolute(alert_list["url"]),
        }

    def _absolute(self, url: str | None) -> str | None:
        """On the site's root where it is a path."""
        return self._links.to(url) if url and url.startswith("/") else url


def text_of(content: Mapping[str, Any]) -> str:
    """What a notice says: what changed, or the message; the title where that says nothing."""
    return stripped(content.get("change_note") or content.get("body") or "") or str(
        content["title"]
    )
