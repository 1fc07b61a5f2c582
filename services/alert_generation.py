"""The e-mails of a content, at once: one for each subscriber, however many lists of his it is on.

Subscribers are gone through in windows of their ids, each in a fixed number of commands. In each
window e-mails and their jobs are stored before it is noted that they were, all under keys: done
again after a death, it makes what is missing and nothing twice (alerts contract, 3.5 and 3.6).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.alert_subscriptions import BULK, IMMEDIATELY
from domain.clock import Clock
from domain.mails import IMMEDIATE, IMMEDIATE_HIGH, NewMail
from domain.spans import Spans, pieces
from models.alert_contents import CONTENT_CHANGE
from models.alert_lists import AlertLists
from models.alert_sent import Sent, SentContents, key_of
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.database import Document
from services.alert_texts import AlertTexts, Reader
from services.mail import MailService
from services.progress import Progresses

PROGRESS: Final = "alerts.process"
AT_ONCE: Final = 1_000  # subscribers whose e-mails are in memory together
OVERRIDES: Final = "override_subscription_frequency_to_immediate"

Last = Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Kept:
    """What generating reads, and where it notes what was made. ``last`` is the newest subscriber's
    id."""

    lists: AlertLists
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    sent: SentContents
    last: Last


@dataclass(frozen=True)
class _Publication:
    """One content on its way: whom it reaches, and how."""

    kind: str
    content: Mapping[str, Any]
    lists: Mapping[int, Document]

    @property
    def id(self) -> str:
        return str(self.content["_id"])

    @property
    def frequencies(self) -> tuple[str, ...]:
        """Of which frequencies subscriptions are; none for any."""
        return () if self.content.get(OVERRIDES) else (IMMEDIATELY,)

    @property
    def queue(self) -> str:
        """High priority is for content changes alone (2.4, 2.5)."""
        is_high = self.kind == CONTENT_CHANGE and self.content["priority"] == "high"
        return IMMEDIATE_HIGH if is_high else IMMEDIATE


class Generation:
    """Makes the e-mails of contents."""

    def __init__(
        self, kept: Kept, mail: MailService, texts: AlertTexts, progress: Progresses, clock: Clock
    ):
        self._kept, self._mail, self._texts = kept, mail, texts
        self._progress, self._clock = progress, clock

    async def generate(self, kind: str, content: Document, lists: Sequence[int]) -> None:
        """Queue an e-mail for everybody whom a content on these lists reaches.

        Where the content says that a list ends, those subscriptions end that were told, and no
        others: who comes meanwhile stays, for nobody told him (contract, Appendix B, 10).
        """
        publication = _Publication(kind, content, await self._kept.lists.get_all(lists))
        links = {"content": publication.id}
        await self._progress.start(publication.id, PROGRESS, links=links)
        done = 0
        if publication.lists:
            spans = Spans(await self._kept.last())
            while (span := spans.next()) is not None:
                found = await self._found(publication, *span)
                done += await self._publish(publication, found)
                spans.held(len(found))
                await self._progress.advance(publication.id, done)
        await self._progress.advance(publication.id, done, done)
        await self._progress.end(publication.id)

    async def _found(self, publication: _Publication, after: int, until: int) -> list[Document]:
        """Active subscriptions, as they are now."""
        lists = list(publication.lists)
        return await self._kept.subscriptions.of_lists(lists, after, until, publication.frequencies)

    async def _publish(self, publication: _Publication, found: Sequence[Document]) -> int:
        """Tell these subscribers, a thousand at a time; returns how many there were."""
        chosen = newest_of_each(found)
        for some in pieces(list(chosen.values()), AT_ONCE):
            await self._tell_new(publication, some)
        if publication.content.get("unsubscribes") is not None:
            ids = [one["_id"] for one in found]
            await self._kept.subscriptions.end_these(ids, BULK, self._clock.stamp())
        return len(chosen)

    async def _tell_new(self, publication: _Publication, some: Sequence[Document]) -> None:
        """Tell those of these who were not told yet."""
        keys = {key_of(one["_id"], publication.id): one for one in some}
        told = await self._kept.sent.emails(keys)
        fresh = [one for key, one in keys.items() if key not in told]
        if fresh:
            await self._tell(publication, fresh)

    async def _tell(self, publication: _Publication, fresh: Sequence[Document]) -> None:
        people = await self._kept.subscribers.of_window([one["subscriber"] for one in fresh])
        mails = [
            self._written(publication, one, people[one["subscriber"]]["address"])
            for one in fresh
            if one["subscriber"] in people and people[one["subscriber"]]["address"] is not None
        ]
        await self._mail.queue_all(mails)
        sent = [
            Sent(mail.subscription or "", publication.id, publication.kind, mail.id)
            for mail in mails
        ]
        await self._kept.sent.add_all(sent, self._clock.wall())

    def _written(self, publication: _Publication, subscription: Document, address: str) -> NewMail:
        reader = Reader(
            subscription["subscriber"],
            address,
            subscription["_id"],
            subscription["frequency"],
            publication.lists[subscription["list"]],
        )
        said = self._texts.immediate(publication.content, reader)
        key = f"alerts.immediate:{publication.id}:{reader.subscriber}"
        return said.to(reader, key, publication.queue, publication.id)


def newest_of_each(found: Sequence[Document]) -> dict[int, Document]:
    """Of each subscriber the subscription that was made last."""
    in_order = sorted(found, key=lambda one: (one["created_at"], one["_id"]))
    return {one["subscriber"]: one for one in in_order}
