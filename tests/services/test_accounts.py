"""Accounts: made, changed, ended; what is kept, who is told, and what another process finishes."""

from typing import Any

import pytest

from domain.audiences import SYSTEM_GROUP_IDS
from domain.clock import SECOND
from domain.errors import Conflict, NotAuthenticated, NotFound
from domain.records import Lease, Record
from models.database import Document
from models.groups import NewGroup
from models.users import NewUser
from services.account_kinds import CHANGE, DELETE, STAYS
from services.turns import Turn
from tests.account_parts import Parts, account_parts, process


async def _alice(parts: Parts, password: str = "first one") -> int:
    hashed = await parts.accounts.passwords.hash(password)
    return await parts.accounts.add(NewUser("alice", password=hashed))


async def _get(parts: Parts, user: int) -> Document:
    found = await parts.store.users.get(user)
    assert found is not None
    return found


@pytest.mark.gen_test
async def test_the_first_start_makes_system_groups_once(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.begin()
        groups = await parts.accounts.groups.all()
        assert {one["name"]: one["_id"] for one in groups} == SYSTEM_GROUP_IDS


@pytest.mark.gen_test
async def test_a_name_that_is_taken_is_a_conflict(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        assert await _alice(parts) == 1
        with pytest.raises(Conflict, match="username 'alice' is taken"):
            await parts.accounts.add(NewUser("alice"))
        assert await parts.accounts.groups.add(NewGroup("staff")) == 1
        with pytest.raises(Conflict, match="'staff' exists"):
            await parts.accounts.groups.add(NewGroup("staff"))


@pytest.mark.gen_test
async def test_accounts_are_named_by_username_or_id(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        seven = await parts.accounts.add(NewUser("1"))
        assert (await parts.accounts.named("alice"))["_id"] == user
        assert (await parts.accounts.named("1"))["_id"] == seven
        assert (await parts.accounts.named("2"))["_id"] == seven
        for unknown in ("bob", "99", "9" * 30, "\ud800", ""):
            with pytest.raises(NotFound):
                await parts.accounts.named(unknown)


@pytest.mark.gen_test
async def test_a_new_password_ends_other_sessions(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        credentials, identities = parts.accounts.credentials, parts.identities
        mine, other = [await credentials.sign_in("alice", "first one") for _ in range(2)]
        token = await credentials.make_token(user)
        keep = (await identities.by_cookie(mine)).credential
        ended = (await identities.by_cookie(other)).credential
        hashed = await parts.accounts.passwords.hash("second one")
        await parts.accounts.change(user, {"password": hashed}, actor=user, keep=keep)
        assert parts.signals == [("changed", user, None), ("revoked", user, ended)]
        assert (await identities.by_cookie(mine)).user.id == user
        assert (await identities.by_token(token)).user.id == user
        with pytest.raises(NotAuthenticated):
            await identities.by_cookie(other)
        with pytest.raises(NotAuthenticated, match="Invalid username or password"):
            await credentials.sign_in("alice", "first one")
        assert await credentials.sign_in("alice", "second one")


@pytest.mark.gen_test
async def test_a_sign_in_that_overlaps_a_new_password_is_worth_nothing(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        check = parts.accounts.passwords.check

        async def slow(username: str, password: str) -> Document | None:
            found = await check(username, password)
            parts.watch.move(1)
            await parts.accounts.set_password(user, "second one")
            parts.watch.move(1)
            return found

        parts.accounts.passwords.check = slow  # type: ignore[method-assign]
        cookie = await parts.accounts.credentials.sign_in("alice", "first one")
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_cookie(cookie)


@pytest.mark.gen_test
async def test_a_deactivated_account_is_cut_off_and_may_come_back(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        token = await parts.accounts.credentials.make_token(user)
        cookie = await parts.accounts.credentials.sign_in("alice", "first one")
        await parts.identities.by_token(token)
        parts.watch.move(1)
        await parts.accounts.deactivate(user)
        assert ("revoked", user, None) in parts.signals
        with pytest.raises(NotAuthenticated, match="inactive or deleted"):
            await parts.identities.by_token(token)
        with pytest.raises(NotAuthenticated, match="Invalid username or password"):
            await parts.accounts.credentials.sign_in("alice", "first one")
        assert await parts.store.users.names([user]) == {user: "alice"}
        await parts.accounts.activate(user)
        assert (await parts.identities.by_token(token)).user.is_active
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_cookie(cookie)


@pytest.mark.gen_test
async def test_a_deleted_account_leaves_a_tombstone_alone(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        token = await parts.accounts.credentials.make_token(user)
        cookie = await parts.accounts.credentials.sign_in("alice", "first one")
        await parts.identities.by_token(token)
        await parts.accounts.delete(user)
        assert parts.signals == [("revoked", user, None)]
        assert parts.purged == [user]
        assert await parts.accounts.credentials.tokens() == []
        assert await parts.store.sessions.of(user) == []
        for ask in (parts.identities.by_token(token), parts.identities.by_cookie(cookie)):
            with pytest.raises(NotAuthenticated):
                await ask
        assert await _alice(parts) == user + 1


@pytest.mark.gen_test
async def test_tokens_are_revoked_whole_or_by_prefix(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        credentials = parts.accounts.credentials
        one, two = [await credentials.make_token(user, name) for name in ("one", "two")]
        assert [len(one), int(one, 16) >= 0] == [40, True]
        kept = await credentials.tokens(user)
        assert [token["name"] for token in kept] == ["one", "two"]
        assert one not in str(kept)
        for wrong in ("0" * 40, kept[0]["_id"][:7], "", "not a token", "\ud800"):
            with pytest.raises(NotFound):
                await credentials.revoke_token(wrong)
        await credentials.revoke_token(one)
        await credentials.revoke_token(kept[1]["_id"][:12])
        assert parts.signals == [("revoked", user, token["_id"]) for token in kept]
        for token in (one, two):
            with pytest.raises(NotAuthenticated, match=r"Invalid token\."):
                await parts.identities.by_token(token)


@pytest.mark.gen_test
async def test_a_token_for_an_address_makes_the_account_once(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        tokens = [await parts.accounts.token_for("a@x.de") for _ in range(2)]
        assert len(set(tokens)) == 2
        users = [(await parts.identities.by_token(token)).user for token in tokens]
        assert users[0] == users[1]
        assert (users[0].username, users[0].email, users[0].is_admin) == ("a@x.de", "a@x.de", False)
        assert "services" in users[0].rights
        assert not (await _get(parts, users[0].id))["email_verified"]


@pytest.mark.gen_test
async def test_joining_and_leaving_tell_the_member(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        group = await parts.accounts.groups.add(NewGroup("staff", rights=("system.message",)))
        token = await parts.accounts.credentials.make_token(user)
        assert not (await parts.identities.by_token(token)).user.may("system.message")
        await parts.accounts.groups.join(user, group)
        joined = (await parts.identities.by_token(token)).user
        assert joined.may("system.message")
        assert joined.member.groups_at(parts.changes.clock.now()) >= {group}
        await parts.accounts.groups.leave(user, group)
        left = (await parts.identities.by_token(token)).user
        assert not left.may("system.message")
        (stay,) = left.member.stays
        assert stay.until is not None
        assert stay.since < stay.until
        assert parts.signals == [("changed", user, None), ("reread", user, None)] * 2


def _left(parts: Parts, what: str, body: dict[str, Any]) -> Record:
    """A record of a process that died right after committing it."""
    stamp = parts.changes.clock.stamp()
    lease = Lease("dead", stamp + 3 * SECOND)
    return Record("left", what, stamp, stamp, None, body, lease=lease)


@pytest.mark.gen_test
@pytest.mark.parametrize("is_done", [False, True])
async def test_another_process_finishes_what_was_left(mongodb_uri: str, is_done: bool) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        await parts.accounts.credentials.make_token(user)
        record = _left(parts, DELETE, {"user": user})
        await parts.records.add(record)
        if is_done:
            turn = Turn(record, parts.records, parts.changes.clock, 10 * SECOND)
            await parts.accounts.kinds()[DELETE].apply(record, turn)
        parts.watch.move(5)
        other = process(parts.database, parts.watch, parts.commands)
        await other.changes.begin(60)
        assert await parts.store.users.get(user) is None
        assert await parts.accounts.credentials.tokens() == []
        assert other.purged == [user]
        assert other.signals == [("revoked", user, None)]


@pytest.mark.gen_test
async def test_a_finished_record_undoes_nothing_later(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        group = await parts.accounts.groups.add(NewGroup("staff"))
        change = _left(parts, CHANGE, {"user": user, "set": {"language": "de", "email": "o@x.de"}})
        await parts.records.add(change)
        await parts.accounts.change(user, {"email": "n@x.de"})
        parts.watch.move(5)
        other = process(parts.database, parts.watch, parts.commands)
        await other.changes.begin(60)
        found = await _get(parts, user)
        assert (found["language"], found["email"]) == ("de", "n@x.de")
        join = _left(parts, STAYS, {"user": user, "group": group, "joins": True})
        await parts.accounts.kinds()[STAYS].apply(
            join, Turn(join, parts.records, parts.changes.clock, 10 * SECOND)
        )
        await parts.accounts.groups.leave(user, group)
        late = Turn(join, parts.records, parts.changes.clock, 10 * SECOND, finishing=True)
        await parts.accounts.kinds()[STAYS].apply(join, late)
        (stay,) = (await _get(parts, user))["stays"]
        assert stay["until"] is not None


@pytest.mark.gen_test
async def test_a_redone_password_change_spares_newer_sessions(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        hashed = await parts.accounts.passwords.hash("second one")
        record = _left(parts, CHANGE, {"user": user, "set": {"password": hashed}, "ends": []})
        apply = parts.accounts.kinds()[CHANGE].apply
        await apply(record, Turn(record, parts.records, parts.changes.clock, 10 * SECOND))
        cookie = await parts.accounts.credentials.sign_in("alice", "second one")
        late = Turn(record, parts.records, parts.changes.clock, 10 * SECOND, finishing=True)
        await apply(record, late)
        assert (await parts.identities.by_cookie(cookie)).user.id == user
