"""What makes a server safe to run, built together: the audit log."""

from dataclasses import dataclass

from domain.clock import Clock
from models.audit import AuditEntries
from models.database import Database
from services.audit import Audit
from settings import Settings


@dataclass(frozen=True)
class Safety:
    """The parts, each for its door."""

    audit: Audit

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.audit.begin()

    async def tidy(self) -> None:
        """What is kept for a time and not for ever."""
        await self.audit.tidy()


def build(database: Database, clock: Clock, settings: Settings) -> Safety:
    """All of it over one database."""
    days = settings.audit.retention_days
    return Safety(Audit(AuditEntries(database), clock, retention_days=days))
