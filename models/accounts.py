"""The collections that accounts are kept in, together."""

from dataclasses import dataclass

from models.counters import Counters
from models.database import Database
from models.groups import Groups
from models.locks import Locks
from models.memberships import Memberships
from models.meta import Meta
from models.sessions import Sessions
from models.tickets import Tickets
from models.tokens import Tokens
from models.user_identities import UserIdentities
from models.users import Users


@dataclass(frozen=True)
class AccountStore:
    """Where accounts, and what they are known by, are kept; and where their ids come from."""

    users: Users
    identities: UserIdentities
    memberships: Memberships
    groups: Groups
    tokens: Tokens
    sessions: Sessions
    tickets: Tickets
    meta: Meta
    counters: Counters
    locks: Locks

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "AccountStore":
        return cls(
            users=Users(database),
            identities=UserIdentities(database),
            memberships=Memberships(database),
            groups=Groups(database),
            tokens=Tokens(database),
            sessions=Sessions(database),
            tickets=Tickets(database),
            meta=Meta(database),
            counters=counters,
            locks=Locks(database),
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        for one in (self.users, self.groups, self.tokens, self.sessions, self.tickets):
            await one.ensure_indexes()
