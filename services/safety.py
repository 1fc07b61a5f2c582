"""What makes a server safe to run, built together: audit log, rate limits, lock-out."""

from dataclasses import dataclass

from domain.clock import SECOND
from models.audit import AuditEntries
from models.database import Database
from models.estates import Estates
from models.failed_sign_ins import FailedSignIns
from push.tallies import RedisTallies
from services.accounts import Accounts
from services.audit import Audit
from services.estates import Legacy
from services.lockout import Lockout, Patience
from services.rates import Rates
from settings import Limits, Settings


@dataclass(frozen=True)
class Safety:
    """The parts, each for its door; ``rates`` is None where the configuration turns limits off."""

    audit: Audit
    legacy: Legacy
    lockout: Lockout
    rates: Rates | None

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.audit.begin()
        await self.lockout.begin()

    async def tell(self) -> None:
        """What is worth telling other processes of this one's counts."""
        if self.rates is not None:
            await self.rates.tell()

    async def tidy(self) -> None:
        """What is kept for a time and not for ever."""
        await self.audit.tidy()

    async def close(self) -> None:
        """Let go of what is held; may be called twice."""
        if self.rates is not None:
            await self.rates.close()


def build(
    database: Database, accounts: Accounts, settings: Settings, redis_uri: str, epoch: str
) -> Safety:
    """All of it over one database and one Redis, which others may use too: hence the epoch."""
    changes = accounts.changes
    clock = changes.clock
    days, lock = settings.audit.retention_days, settings.limits.lock_out
    rates = None
    if settings.limits.enabled:
        tallies = RedisTallies(redis_uri, prefix=f"limits:{epoch}")
        rates = Rates(_rules(settings.limits), tallies, lambda: clock.wall() / SECOND)
    return Safety(
        Audit(AuditEntries(database), clock, retention_days=days),
        Legacy(Estates(database), accounts.people, changes),
        Lockout(
            FailedSignIns(database),
            clock,
            Patience(lock.pair, lock.account, lock.address, lock.longest_s),
        ),
        rates,
    )


def _rules(limits: Limits) -> dict[str, dict[str, int]]:
    """The limits that are set, by what is done and by who does it."""
    rules = {}
    for what in ("sign_in", "sends", "handshakes", "letters"):
        by = vars(getattr(limits, what)).items()
        rules[what] = {name: limit for name, limit in by if limit is not None}
    return rules
