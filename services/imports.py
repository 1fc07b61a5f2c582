"""Importing accounts: everything is looked at before anything is written, and undone if need be."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from domain.audiences import GROUPS_OF_EVERYONE
from domain.errors import Conflict, Invalid
from domain.telling import Tell, untold
from models.accounts import AccountStore
from models.database import Document, Duplicate
from models.groups import NewGroup
from models.tokens import new_token as token_document
from models.users import NewUser
from services.accounts import Accounts
from services.hashes import hash_of, new_token
from services.import_files import Entry, ImportFile, read, rights_of
from services.passwords import HASHED_AT_ONCE

log = logging.getLogger("carillon.accounts")

WRITTEN_AT_ONCE = 1_000
NAME = "import"  # of the tokens made here
OVERTAKEN = "Something in the file was taken meanwhile; nothing was imported."

GroupIds = Mapping[str | int, int]


@dataclass(frozen=True)
class _Plan:
    """All that is written, and the moment that marks it as of this import."""

    since: int
    groups: list[Document]
    users: list[Document]
    tokens: Mapping[str, Document]


async def import_accounts(accounts: Accounts, text: str, tell: Tell = untold) -> dict[str, str]:
    """Make the groups and users of a file; a new token for each user, by username.

    Raises `Invalid` with one line for each problem, and `Conflict` when somebody else takes an id
    or a name meanwhile. In either case, and when the database fails, nothing is imported.
    """
    file = read(text)
    plan, plain = await _planned(accounts, file, tell)
    try:
        await _write(accounts.store, plan, tell)
    except BaseException:
        await _undo(accounts.store, plan)
        raise
    return plain


async def _planned(
    accounts: Accounts, file: ImportFile, tell: Tell
) -> tuple[_Plan, dict[str, str]]:
    have = await accounts.groups.all()
    await _check(accounts.store, file, have)
    since = accounts.changes.clock.stamp()
    ids = await _ids(accounts.store, "groups", file.groups)
    groups = [
        _new_group(one).to_document(n, since) for n, one in zip(ids, file.groups, strict=True)
    ]
    by_name = _by_name_and_id([*have, *groups])
    hashes = await _hashes(accounts, file, tell)
    ids = await _ids(accounts.store, "users", file.users)
    users = [
        _new_user(one, hashed, by_name).to_document(n, since)
        for n, one, hashed in zip(ids, file.users, hashes, strict=True)
    ]
    plain = {one["username"]: new_token() for one in users}
    tokens = {
        one["username"]: token_document(hash_of(plain[one["username"]]), one["_id"], NAME, since)
        for one in users
    }
    return _Plan(since, groups, users, tokens), plain


async def _check(store: AccountStore, file: ImportFile, have: list[Document]) -> None:
    problems = _group_problems(file, have)
    ids = await store.users.taken_ids(one.get("id") for one in file.users if one.get("id"))
    names = await store.users.ids_of(one.get("username") for one in file.users)
    identities = await store.users.taken_identities(
        identity for one in file.users for identity in one.get("identities", ())
    )
    for user in file.users:
        if user.get("id") in ids:
            problems.append(user.problem(f"id {user.get('id')} is taken"))
        if user.get("username") in names:
            problems.append(user.problem("the username is taken"))
        for identity in identities.intersection(user.get("identities", ())):
            problems.append(user.problem(f"identity {identity!r} is taken"))
    if problems:
        raise Invalid(problems)


def _group_problems(file: ImportFile, have: list[Document]) -> list[str]:
    taken = _by_name_and_id(have)
    problems = [
        one.problem(f"{key} {one.get(key)!r} is taken")
        for one in file.groups
        for key in ("id", "name")
        if one.get(key) in taken
    ]
    known = taken.keys() | {one.get(key) for one in file.groups for key in ("id", "name")}
    return problems + [
        user.problem(f"there is no group {group!r}")
        for user in file.users
        for group in user.get("groups", ())
        if group not in known
    ]


def _by_name_and_id(groups: list[Document]) -> dict[str | int, int]:
    ids: dict[str | int, int] = {one["_id"]: one["_id"] for one in groups}
    return ids | {one["name"]: one["_id"] for one in groups}


async def _ids(store: AccountStore, kind: str, entries: tuple[Entry, ...]) -> list[int]:
    """The entries' ids: those given, and new ones, which are above all that were given."""
    given = [one.get("id") for one in entries]
    await store.counters.pass_over(kind, max(filter(None, given), default=0))
    missing = given.count(None)
    sequence = store.counters.users if kind == "users" else store.counters.groups
    first = await sequence.take(missing) if missing else 0
    new = iter(range(first, first + missing))
    return [next(new) if one is None else one for one in given]


async def _hashes(accounts: Accounts, file: ImportFile, tell: Tell) -> list[str | None]:
    hashes: list[str | None] = []
    for start in range(0, len(file.users), HASHED_AT_ONCE):
        some = file.users[start : start + HASHED_AT_ONCE]
        hashes += await asyncio.gather(*(_hashed(accounts, one.get("password")) for one in some))
        tell("passwords", len(hashes), len(file.users))
    return hashes


async def _hashed(accounts: Accounts, password: str | None) -> str | None:
    return None if password is None else await accounts.passwords.hash(password)


def _new_group(group: Entry) -> NewGroup:
    return NewGroup(
        group.get("name"),
        displayname=group.get("displayname", {}),
        rights=group.get("rights", ()),
    )


def _new_user(user: Entry, password: str | None, groups: GroupIds) -> NewUser:
    ids = {groups[one] for one in user.get("groups", ())} - GROUPS_OF_EVERYONE
    return NewUser(
        username=user.get("username"),
        email=user.get("email"),
        email_verified=user.get("email_verified", False),
        is_active=user.get("is_active", True),
        is_admin=user.get("is_admin", False),
        password=password,
        rights=rights_of(user),
        language=user.get("language"),
        time_zone=user.get("time_zone"),
        identities=user.get("identities", ()),
        groups=tuple(sorted(ids)),
    )


async def _write(store: AccountStore, plan: _Plan, tell: Tell) -> None:
    try:
        for group in plan.groups:
            await store.groups.add(group)
    except Duplicate as error:
        raise Conflict(OVERTAKEN) from error
    for start in range(0, len(plan.users), WRITTEN_AT_ONCE):
        some = plan.users[start : start + WRITTEN_AT_ONCE]
        if await store.users.add_all(some) < len(some):
            raise Conflict(OVERTAKEN)
        tell("users", start + len(some), len(plan.users))
    await store.tokens.add_all(list(plan.tokens.values()))


async def _undo(store: AccountStore, plan: _Plan) -> None:
    """Take back what was written, as far as the database can be reached."""
    log.warning("an import failed: what it wrote is taken back")
    await store.tokens.remove([one["_id"] for one in plan.tokens.values()])
    await store.users.remove_unused(plan.since, [one["_id"] for one in plan.users])
    await store.groups.remove_unused(plan.since, [one["_id"] for one in plan.groups])
