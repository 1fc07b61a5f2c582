"""Digests: one e-mail for each subscription of a frequency, about what came in a window (3.7).

A run is one document for its range and window. It goes through the subscribers of its frequency in
windows of their ids: who is concerned gets a row, and a job serves all rows of a window. Content is
noted as a subscription's before its e-mail is made, so that runs whose windows overlap share it,
and no content is in two e-mails of one subscription.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.alert_digests import Item, Wish, share
from domain.clock import Clock
from domain.digest_windows import Window
from domain.jobs import Job
from domain.mails import DIGEST, NewMail, id_of
from domain.spans import Spans, pieces
from domain.telling import Tell, untold
from models.alert_contents import CONTENT_CHANGE, KINDS, MESSAGE, AlertContents
from models.alert_digests import DigestRuns, Run, row_of
from models.alert_sent import Sent, key_of
from models.database import Document
from models.jobs import Jobs
from services.alert_generation import AT_ONCE, OVERRIDES, Kept
from services.alert_texts import AlertTexts, Reader
from services.mail import MailService
from services.progress import Progresses

RUN: Final = "alerts.digest"
SERVE: Final = "alerts.digest_subscribers"


@dataclass(frozen=True)
class Books:
    """What digests read and note, beside what generating does."""

    kept: Kept
    contents: AlertContents
    runs: DigestRuns
    jobs: Jobs


@dataclass
class _Edition:
    """The content of a run for some lists: the documents, and the items of each list."""

    contents: dict[str, Document] = field(default_factory=dict)
    by_list: dict[int, list[Item]] = field(default_factory=dict)
    lists: dict[int, Document] = field(default_factory=dict)


@dataclass(frozen=True)
class _Share:
    """One e-mail to be: whose, and about what."""

    run: Run
    subscription: Document
    items: tuple[Item, ...]

    @property
    def key(self) -> str:
        return f"alerts.digest:{self.run.id}:{self.subscription['_id']}"

    def sent(self, edition: _Edition) -> list[Sent]:
        row = row_of(self.run.id, self.subscription["subscriber"])
        return [
            Sent(self.subscription["_id"], item.id, _kind(item), id_of(self.key), row)
            for item in self.items
            if item.id in edition.contents
        ]


class Digests:
    """Starts runs, goes through their subscribers, writes their e-mails."""

    def __init__(
        self,
        books: Books,
        mail: MailService,
        texts: AlertTexts,
        progress: Progresses,
        clock: Clock,
    ):
        self._books, self._kept = books, books.kept
        self._mail, self._texts = mail, texts
        self._progress, self._clock = progress, clock

    # A run

    async def find_or_make(self, frequency: str, window: Window, *, is_chosen: bool = False) -> Run:
        """The run over this window; one that somebody chose has no date."""
        date = None if is_chosen else window.day.isoformat()
        name = f"{frequency}:{date or f'{window.start}-{window.end}'}"
        now = self._clock.wall()
        run = Run(name, frequency, date, window.start, window.end, now)
        return await self._books.runs.add(run)

    async def is_known(self, frequency: str, window: Window) -> bool:
        """Is there a run of this day?"""
        name = f"{frequency}:{window.day.isoformat()}"
        return await self._books.runs.get(name) is not None

    async def unfinished(self, since: int, until: int) -> list[Run]:
        """Runs made in this stretch, ``until`` included, that have not come to their end."""
        found = await self._books.runs.made_between(since, until)
        return [run for run in found if run.completed_at is None]

    async def start(self, run: Run) -> None:
        """Have it done by whoever is free; may be called again."""
        body = {"run": run.id}
        await self._books.jobs.add(f"{RUN}:{run.id}", RUN, self._clock.wall(), body)

    async def run_job(self, job: Job) -> None:
        """The job of a run: find its subscribers, and have them served."""
        run = await self._books.runs.get(str(job.body["run"]))
        if run is None or run.completed_at is not None:
            return
        await self._begin(run)
        for after, until in await self._spans(run):
            body = {"run": run.id, "after": after, "until": until}
            key = f"{SERVE}:{run.id}:{after}-{until}"  # done again, windows may be others
            await self._books.jobs.add(key, SERVE, self._clock.wall(), body)
        await self._complete(run)

    async def serve_job(self, job: Job) -> None:
        """The job of the subscribers in one window of ids."""
        run = await self._books.runs.get(str(job.body["run"]))
        if run is not None:
            await self._serve(run, _int(job.body["after"]), _int(job.body["until"]))
            await self._complete(run)

    async def carry_out(self, run: Run, tell: Tell = untold) -> tuple[int, int]:
        """The whole of a run, here and now; subscribers and e-mails. One left half done goes on.

        ``tell`` hears of the ids that were gone through.
        """
        await self._begin(run)
        last = await self._kept.last()
        for after, until in await self._spans(run):
            await self._serve(run, after, until)
            tell("subscribers", until - 1, last)
        await self._complete(run)
        return await self._books.runs.totals(run.id)

    async def _begin(self, run: Run) -> None:
        await self._progress.start(run.id, RUN, links={"run": run.id})

    # Who is concerned

    async def _spans(self, run: Run) -> list[tuple[int, int]]:
        """The windows of ids in which there are subscribers to be served; makes their rows.

        Also those whose rows were made before, and who have left since: the run waits for all.
        """
        lists = await self._lists_of(run)
        spans, found, count = Spans(await self._kept.last()), [], 0
        while lists and (span := spans.next()) is not None:
            rows = await self._kept.subscriptions.of_frequency(run.range, *span)
            spans.held(len(rows))
            subscribers = sorted({one["subscriber"] for one in rows if one["list"] in lists})
            if run.processed_at is None:
                await self._books.runs.add_rows(run.id, subscribers, self._clock.wall())
            found += [span] if subscribers or await self._is_open(run, span) else []
            count += len(subscribers)
        await self._books.runs.mark_processed(run.id, self._clock.wall())
        await self._progress.advance(run.id, 0, count)
        return found

    async def _is_open(self, run: Run, span: tuple[int, int]) -> bool:
        return bool(await self._books.runs.open_rows(run.id, *span))

    async def _lists_of(self, run: Run) -> set[int]:
        """The lists with content in the run's window, messages that went out at once left out."""
        found = await self._books.contents.matches_between(run.starts_at, run.ends_at)
        messages = {one["content"] for one in found if one["kind"] == MESSAGE}
        kept = await self._books.contents.get_all(MESSAGE, messages)
        at_once = {name for name, one in kept.items() if one[OVERRIDES]}
        return {one["list"] for one in found if one["content"] not in at_once}

    async def _complete(self, run: Run) -> None:
        """Note the run's end once everybody was served."""
        now = await self._books.runs.get(run.id)
        if now is None or now.processed_at is None or now.completed_at is not None:
            return
        if await self._books.runs.is_served(run.id):
            totals = await self._books.runs.totals(run.id)
            await self._books.runs.mark_completed(run.id, self._clock.wall(), totals)
            subscribers, _ = totals
            await self._progress.advance(run.id, subscribers, subscribers)
            await self._progress.end(run.id)

    # Their e-mails

    async def _serve(self, run: Run, after: int, until: int) -> None:
        """Those with ``after`` < id < ``until``, a thousand at a time."""
        found = await self._books.runs.open_rows(run.id, after, until)
        for some in pieces(found, AT_ONCE):
            await self._serve_some(run, some)

    async def _serve_some(self, run: Run, subscribers: Sequence[int]) -> None:
        span = subscribers[0] - 1, subscribers[-1] + 1
        rows = await self._kept.subscriptions.of_frequency(run.range, *span)
        mine = set(subscribers)
        wanted = [one for one in rows if one["subscriber"] in mine]
        edition = await self._edition(run, {one["list"] for one in wanted})
        shares = _shares(run, wanted, edition)
        mails = await self._claimed(shares, edition)
        await self._mail.queue_all(mails)
        emails = dict.fromkeys(subscribers, 0)
        for mail in mails:
            emails[mail.subscriber or 0] += 1
        served = await self._books.runs.close_rows(run.id, emails, self._clock.wall())
        await self._progress.count(run.id, served)

    async def _edition(self, run: Run, lists: set[int]) -> _Edition:
        """What is to be told of these lists."""
        window = run.starts_at, run.ends_at
        matches = await self._books.contents.matches_of(lists, *window)
        edition = _Edition(lists=await self._kept.lists.get_all(lists))
        for kind in KINDS:
            ids = {one["content"] for one in matches if one["kind"] == kind}
            found = await self._books.contents.get_all(kind, ids)
            edition.contents |= {k: one for k, one in found.items() if not one.get(OVERRIDES)}
        for match in matches:
            content = edition.contents.get(match["content"])
            if content is not None:
                edition.by_list.setdefault(match["list"], []).append(_item(content))
        return edition

    async def _claimed(self, shares: Sequence[_Share], edition: _Edition) -> list[NewMail]:
        """Note the content as these e-mails', and write those for which something is left."""
        sent = [row for one in shares for row in one.sent(edition)]
        await self._kept.sent.add_all(sent, self._clock.wall())
        holders = await self._kept.sent.emails([one.key for one in sent])
        readers = sorted({one.subscription["subscriber"] for one in shares})
        people = await self._kept.subscribers.of_window(readers) if readers else {}
        return [
            mail
            for one in shares
            if (mail := self._written(one, edition, people, holders)) is not None
        ]

    def _written(
        self,
        one: _Share,
        edition: _Edition,
        people: Mapping[int, Document],
        holders: Mapping[str, str],
    ) -> NewMail | None:
        """The e-mail; None when its content is another's by now, or nobody can be written to."""
        subscription, email = one.subscription, id_of(one.key)
        subscriber = people.get(subscription["subscriber"])
        contents = [
            edition.contents[item.id]
            for item in one.items
            if holders.get(key_of(subscription["_id"], item.id)) == email
        ]
        if not contents or subscriber is None or subscriber["address"] is None:
            return None
        alert_list = edition.lists[subscription["list"]]
        reader = Reader(
            subscriber["_id"],
            subscriber["address"],
            subscription["_id"],
            one.run.range,
            alert_list,
        )
        said = self._texts.digest(one.run.range, contents, reader)
        return said.to(reader, one.key, DIGEST)


def _shares(run: Run, wanted: Sequence[Document], edition: _Edition) -> list[_Share]:
    """What each of these subscriptions is to tell, subscriber by subscriber."""
    of_each: dict[int, list[Document]] = {}
    for one in wanted:
        of_each.setdefault(one["subscriber"], []).append(one)
    found = []
    for rows in of_each.values():
        by_id = {one["_id"]: one for one in rows if one["list"] in edition.lists}
        wishes = [Wish(one["_id"], one["list"], one["created_at"]) for one in by_id.values()]
        found += [
            _Share(run, by_id[name], items)
            for name, items in share(wishes, edition.by_list).items()
        ]
    return found


def _item(content: Mapping[str, Any]) -> Item:
    return Item(content["_id"], content["created_at"], content.get("content_id"))


def _kind(item: Item) -> str:
    return MESSAGE if item.page is None else CONTENT_CHANGE


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
