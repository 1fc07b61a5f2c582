"""E-mails of alerts, built together: at once, in digests, by the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from domain.clock import Clock
from domain.digest_windows import Boundary, Hours
from domain.jobs import Kind
from domain.local_times import parsed_time_of_day
from models.alert_contents import AlertContents
from models.alert_digests import DigestRuns
from models.alert_lists import AlertLists
from models.alert_people import AlertPeople
from models.alert_sent import SentContents
from models.jobs import Jobs
from services.alert_digests import RUN, SERVE, Books, Digests
from services.alert_generation import Generation, Kept
from services.alert_people import People
from services.alert_texts import AlertTexts
from services.alert_tidying import TIDY, Old, Tidying
from services.alert_times import BEGIN, Timetable
from services.mail import MailService
from services.progress import Progresses
from settings import Alerts as Settings

LIMIT_S: Final = 3_600.0  # for a run over very many subscribers


class Stores(Protocol):
    """The collections of the area."""

    @property
    def lists(self) -> AlertLists: ...

    @property
    def people(self) -> AlertPeople: ...

    @property
    def contents(self) -> AlertContents: ...

    @property
    def sent(self) -> SentContents: ...

    @property
    def runs(self) -> DigestRuns: ...


@dataclass(frozen=True)
class Area:
    """What the area keeps, and who sends."""

    stores: Stores
    jobs: Jobs
    clock: Clock
    mail: MailService
    progress: Progresses

    @property
    def kept(self) -> Kept:
        """What making e-mails reads and notes."""
        stores, people = self.stores, self.stores.people
        return Kept(
            stores.lists, people.subscribers, people.subscriptions, stores.sent, people.ids.last
        )


class Posting:
    """Everything that e-mails subscribers about contents."""

    def __init__(self, area: Area, writing: People, settings: Settings):
        kept, stores, clock = area.kept, area.stores, area.clock
        texts = AlertTexts(writing.links, writing.tokens, settings.zone)
        start = _boundary(settings.digest_start, settings)
        self.hours = Hours(_boundary(settings.digest_boundary, settings), start)
        self.generation = Generation(kept, area.mail, texts, area.progress, clock)
        books = Books(kept, stores.contents, stores.runs, area.jobs)
        self.digests = Digests(books, area.mail, texts, area.progress, clock)
        old = Old(area.mail.emails, kept, stores.contents, stores.runs)
        self.tidying = Tidying(old, writing.forget_account, clock)
        self.timetable = Timetable(
            self.digests, area.jobs, clock, hours=self.hours, has_digests=settings.digests
        )

    def job_kinds(self) -> Mapping[str, Kind]:
        """What happens later."""
        return {
            RUN: Kind(self.digests.run_job, limit_s=LIMIT_S),
            SERVE: Kind(self.digests.serve_job, limit_s=LIMIT_S, at_once=4),
            BEGIN: Kind(self.timetable.begin_digest),
            TIDY: Kind(self.tidying.run_job, limit_s=LIMIT_S),
        }


def _boundary(text: str, settings: Settings) -> Boundary:
    second = parsed_time_of_day(text)
    assert second is not None, "settings were checked"
    return Boundary(second, settings.zone)
