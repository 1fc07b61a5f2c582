"""All use cases, built once and handed to the doors."""

from dataclasses import dataclass

from domain.clock import Clock
from services.account_letters import AccountLetters
from services.accounts import Accounts
from services.alerts_house import Alerts
from services.announcements import Announcements
from services.api_sessions import ApiSessions
from services.changes import Changes
from services.connections import Connections
from services.gauges import Gauges
from services.identities import Identities
from services.inbox import Inbox
from services.later import Later
from services.live import Live
from services.mail_house import MailHouse
from services.metrics import Metrics
from services.progress import Progresses
from services.readiness import Readiness
from services.receipts import SentReceipts
from services.roster import Roster
from services.safety import Safety
from services.scheduled import ScheduledSends
from services.schedules import Schedules
from services.seeing import Seeing
from services.stage_upkeep import Upkeep
from services.stages import Stages
from services.tracing import Tracing
from settings import Settings


@dataclass(frozen=True)
class App:
    """What handlers, jobs and commands work with."""

    settings: Settings
    clock: Clock
    changes: Changes
    accounts: Accounts
    identities: Identities
    inbox: Inbox
    live: Live
    roster: Roster
    connections: Connections
    gauges: Gauges
    later: Later
    scheduled: ScheduledSends
    receipts: SentReceipts
    tracing: Tracing
    readiness: Readiness
    metrics: Metrics
    schedules: Schedules
    announcements: Announcements
    sessions: ApiSessions
    mail: MailHouse
    stages: Stages
    seeing: Seeing
    alerts: Alerts
    safety: Safety
    upkeep: Upkeep
    letters: AccountLetters

    @property
    def progress(self) -> Progresses:
        """How far long actions are."""
        return self.alerts.progress
