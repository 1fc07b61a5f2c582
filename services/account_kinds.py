"""The records of accounts: what each does to what is kept, and whom it disconnects."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from domain.events import Event, Signal
from domain.records import Record
from models.accounts import AccountStore
from models.memberships import Decision
from services.turns import Turn

CHANGE, CREATE, DELETE, REVOKE, STAYS, TOKEN, GROUP, END_GROUP = (
    "account.change",
    "account.create",
    "account.delete",
    "account.revoke",
    "account.stays",
    "account.token",
    "account.group",
    "account.end_group",
)

EmptyLater = Callable[[int], Awaitable[object]]
PurgeMailbox = Callable[[int, Record, Turn], Awaitable[None]]


class Change:
    """Fields of an account, each as it was last decided; a new password ends sessions.

    Body: ``user, set``, and with a password ``keep`` (the session that goes on, or None) and
    ``ends`` (the sessions that were there).
    """

    def __init__(self, store: AccountStore):
        self._store = store

    async def apply(self, record: Record, turn: Turn) -> None:
        user, fields = user_of(record), _fields(record)
        keep = record.body.get("keep")
        if keep is not None:
            await self._store.sessions.keep(str(keep), record.stamp)
        await turn.write(partial(self._write, record), partial(self._store.users.restamp, user))
        if "password" in fields:
            await self._store.sessions.remove_outdated(user, record.stamp)
        if fields.get("is_active") is False:
            await self._store.sessions.remove_begun(user, before=record.stamp)

    async def _write(self, record: Record, stamp: int) -> None:
        await self._store.users.change(
            user_of(record), _fields(record), decided=record.stamp, revision=stamp
        )

    async def event(self, record: Record) -> Event:
        """He is looked at afresh; ended sessions, or all of a deactivated one's, are cut."""
        user = user_of(record)
        signals = [Signal("changed", user)]
        signals += [Signal("revoked", user, one) for one in _texts(record, "ends")]
        if _fields(record).get("is_active") is False:
            signals.append(Signal("revoked", user))
        return Event(record.id, record.revision, signals=tuple(signals))


class Delete:
    """The end of an account: a tombstone, no credentials, no mailbox. Body: ``user``."""

    def __init__(self, store: AccountStore, purge_mailbox: PurgeMailbox):
        self._store, self._purge_mailbox = store, purge_mailbox

    async def apply(self, record: Record, turn: Turn) -> None:
        user = user_of(record)
        await turn.write(
            partial(self._store.users.bury, user), partial(self._store.users.restamp, user)
        )
        await self._store.tokens.remove_of([user])
        await self._store.sessions.remove_of(user)
        await self._purge_mailbox(user, record, turn)

    async def event(self, record: Record) -> Event:
        """Every connection of his is cut."""
        return Event(record.id, record.revision, signals=(Signal("revoked", user_of(record)),))


class Revoke:
    """The end of credentials. Body: ``user, tokens, sessions``, the last two hashes."""

    def __init__(self, store: AccountStore):
        self._store = store

    async def apply(self, record: Record, turn: Turn) -> None:
        await self._store.tokens.revoke(_texts(record, "tokens"), record.stamp)
        await self._store.sessions.remove(_texts(record, "sessions"))

    async def event(self, record: Record) -> Event:
        """The connections made with them are cut."""
        ended = [*_texts(record, "tokens"), *_texts(record, "sessions")]
        signals = tuple(Signal("revoked", user_of(record), one) for one in ended)
        return Event(record.id, record.revision, signals=signals)


class Stays:
    """Joining or leaving a group. Body: ``user, group, joins``."""

    def __init__(self, store: AccountStore):
        self._memberships = store.memberships

    async def apply(self, record: Record, turn: Turn) -> None:
        group = record.body["group"]
        assert isinstance(group, int)
        decision = Decision(user_of(record), group, record.stamp)
        kept = self._memberships
        if record.body["joins"]:
            write, restamp = kept.join, kept.restamp_join
        else:
            write, restamp = kept.leave, kept.restamp_leave
        await turn.write(partial(write, decision), partial(restamp, decision))

    async def event(self, record: Record) -> Event:
        """What he may see changed: he is looked at afresh, and his mailbox read again."""
        user = user_of(record)
        signals = (Signal("changed", user), Signal("reread", user))
        return Event(record.id, record.revision, signals=signals)


class EndGroup:
    """The end of a group: a tombstone, and its members leave later. Body: ``group``."""

    def __init__(self, store: AccountStore, empty_later: EmptyLater):
        self._groups, self._empty_later = store.groups, empty_later

    async def apply(self, record: Record, turn: Turn) -> None:
        group = record.body["group"]
        assert isinstance(group, int)
        await self._groups.bury(group, record.stamp)
        await self._empty_later(group)

    async def event(self, record: Record) -> Event:
        """Nobody is told of it as a whole: each member hears that he left."""
        return Event(record.id, record.revision)


def user_of(record: Record) -> int:
    """The account that a record is about."""
    user = record.body["user"]
    assert isinstance(user, int)
    return user


def _fields(record: Record) -> Mapping[str, Any]:
    fields = record.body["set"]
    assert isinstance(fields, Mapping)
    return fields


def _texts(record: Record, key: str) -> Sequence[str]:
    texts = record.body.get(key, ())
    assert isinstance(texts, Sequence)
    return texts
