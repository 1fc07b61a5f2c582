"""Contents in the inboxes of subscribers who are users here, however often they get e-mails.

A subscriber is the user whose verified address is his (surface, "Users, groups, import"), so each
user gets one notice of a content. Subscribers are gone through in windows of their ids; those of a
window are one record, named by the content and where the window begins, which says where it ended.
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
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.database import Document
from models.user_identities import UserIdentities
from push.mail_parts import stripped
from services.changes import Changes, Draft
from services.inbox_batches import Batches, Notice, Told

RING: Final = "alerts.ring"


@dataclass(frozen=True)
class Reach:
    """Whom a content reaches. ``last`` is the newest subscriber's id."""

    contents: AlertContents
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    users: UserIdentities
    last: Callable[[], Awaitable[int]]


class Ringing:
    """Makes the notices of contents."""

    def __init__(self, reach: Reach, batches: Batches, changes: Changes, links: Links):
        self._reach, self._batches, self._changes = reach, batches, changes
        self._links = links
        changes.add_kinds({RING: Told(batches)})

    async def ring(self, kind: str, content: Document, lists: Sequence[int]) -> None:
        """Tell every user whom a content on these lists reaches; may be called again."""
        if not lists:
            return
        last = await self._reach.last()
        spans = Spans(last, content.get("rung", 0))
        while (span := spans.next()) is not None:
            users, held = await self._users(lists, *span)
            spans.held(held)
            until = span[1] - 1
            if users and (was := await self._tell(content, users, span[0], until)) != until:
                until, spans = was, Spans(last, was)
            await self._reach.contents.note_rung(kind, content["_id"], until)

    async def _users(
        self, lists: Sequence[int], after: int, before: int
    ) -> tuple[dict[int, int], int]:
        """Users by subscriber, of those between; and how many subscriptions there were."""
        found = await self._reach.subscriptions.of_lists(lists, after, before)
        ids = sorted({one["subscriber"] for one in found})
        if not ids:
            return {}, 0
        rows = await self._reach.subscribers.of_window(ids)
        keys = {rows[one].get("address_key"): one for one in ids if one in rows}
        users = await self._reach.users.of_addresses(key for key in keys if key is not None)
        folded = {key.casefold(): subscriber for key, subscriber in keys.items() if key}
        return {folded[address]: user for address, user in users.items()}, len(found)

    async def _tell(
        self, content: Document, users: Mapping[int, int], after: int, until: int
    ) -> int:
        """One record for all of them; returns up to whom it is, for it may have been made before.

        Raises `Unavailable` while another process carries it out.
        """
        shown, origin = text_of(content), self._origin(content)
        notices = [Notice(user, one, shown, origin) for one, user in users.items()]
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

    def _origin(self, content: Document) -> dict[str, Any]:
        return {
            "area": "alerts",
            "id": content["_id"],
            "title": content["title"],
            "url": self._url(content),
        }

    def _url(self, content: Document) -> str | None:
        path = content.get("base_path")
        url = f"/{path.lstrip('/')}" if path is not None else content.get("url")
        return self._links.to(url) if url and url.startswith("/") else url


def text_of(content: Mapping[str, Any]) -> str:
    """What a notice says: what changed, or the message; the title where that says nothing."""
    return stripped(content.get("change_note") or content.get("body") or "") or str(
        content["title"]
    )
