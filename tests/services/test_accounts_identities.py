"""From credential to identity: texts, rights, what is remembered, and when it is not."""

import pytest

from domain.accounts import Identity
from domain.audiences import GROUPS_OF_EVERYONE, SYSTEM_GROUP_IDS
from domain.clock import DAY
from domain.errors import NotAuthenticated
from domain.events import Event, Signal
from models.groups import NewGroup
from models.users import NewUser
from services.hashes import hash_of
from services.memory import MOST_REMEMBERED, Memory
from tests.account_parts import SESSION_DAYS, START, Parts, account_parts

PASSWORD = "correct horse"


async def _alice(parts: Parts) -> int:
    hashed = await parts.accounts.passwords.hash(PASSWORD)
    return await parts.accounts.add(NewUser("alice", password=hashed, rights=("own",)))


@pytest.mark.gen_test
async def test_a_hot_token_costs_no_database_command(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        token = await parts.accounts.credentials.make_token(await _alice(parts))
        await parts.identities.by_token(token)
        parts.commands.sent.clear()
        for _ in range(50):
            await parts.identities.by_token(token)
        assert parts.commands.names == []
        parts.watch.move(2.1)
        await parts.identities.by_token(token)
        assert parts.commands.names == ["find"] * 3


@pytest.mark.gen_test
async def test_a_revocation_heard_from_elsewhere_is_obeyed_at_once(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        token = await parts.accounts.credentials.make_token(user)
        await parts.identities.by_token(token)
        await parts.store.tokens.remove([hash_of(token)])
        assert (await parts.identities.by_token(token)).user.id == user
        parts.identities.forget(Event("r", 1, signals=(Signal("reread", user),)))
        assert (await parts.identities.by_token(token)).user.id == user
        parts.identities.forget(Event("r", 1, signals=(Signal("revoked", user, hash_of(token)),)))
        with pytest.raises(NotAuthenticated, match=r"^Invalid token\.$"):
            await parts.identities.by_token(token)


@pytest.mark.gen_test
async def test_unheard_it_is_obeyed_after_two_seconds(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        token = await parts.accounts.credentials.make_token(await _alice(parts))
        await parts.identities.by_token(token)
        await parts.store.tokens.remove([hash_of(token)])
        parts.watch.move(2)
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_token(token)


@pytest.mark.gen_test
async def test_rights_add_up(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        group = await parts.accounts.groups.add(NewGroup("staff", rights=("of group",)))
        await parts.accounts.groups.join(user, group)
        everyone = parts.database.collection("accounts_groups")
        await everyone.update(
            {"_id": SYSTEM_GROUP_IDS[":all"]}, {"$set": {"rights": ["of everyone"]}}
        )
        found = await parts.identities.user(user)
        assert found.rights == {"own", "of group", "of everyone", "r"}
        assert found.member.groups_at(parts.changes.clock.now()) == GROUPS_OF_EVERYONE | {group}
        assert found.member.groups_at(START - 1) == frozenset()


@pytest.mark.gen_test
async def test_a_cookie_carries_the_token_that_its_writes_must_send(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        await _alice(parts)
        cookies = [await parts.accounts.credentials.sign_in("alice", PASSWORD) for _ in range(2)]
        found = [await parts.identities.by_cookie(cookie) for cookie in cookies]
        again = await parts.identities.by_cookie(cookies[0])
        assert again == found[0]
        assert found[0].is_session
        assert found[0].by_cookie
        assert found[0].csrf_token != found[1].csrf_token
        assert len(found[0].csrf_token or "") == 64
        assert found[0].credential == hash_of(cookies[0])
        assert str(found[0].csrf_token) not in repr(found[0])


@pytest.mark.gen_test
async def test_a_session_ends_after_its_days(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        await _alice(parts)
        cookie = await parts.accounts.credentials.sign_in("alice", PASSWORD)
        parts.watch.us += SESSION_DAYS * DAY - 1
        await parts.identities.by_cookie(cookie)
        parts.watch.move(3)
        with pytest.raises(NotAuthenticated, match="credentials were not provided"):
            await parts.identities.by_cookie(cookie)


@pytest.mark.gen_test
async def test_signing_out_ends_one_session(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        one, two = [await parts.accounts.credentials.sign_in("alice", PASSWORD) for _ in range(2)]
        identity = await parts.identities.by_cookie(one)
        await parts.accounts.credentials.sign_out(identity)
        assert parts.signals == [("revoked", user, identity.credential)]
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_cookie(one)
        with pytest.raises(NotAuthenticated):
            await parts.identities.check(identity)
        await parts.identities.by_cookie(two)


@pytest.mark.gen_test
async def test_how_a_session_came_is_known_of_each_identity(mongodb_uri: str) -> None:
    """One is remembered for all who come with it, however they do."""
    async with account_parts(mongodb_uri) as parts:
        await _alice(parts)
        cookie = await parts.accounts.credentials.sign_in("alice", PASSWORD)
        sent_along = await parts.identities.by_cookie(cookie)
        named = await parts.identities.by_session(cookie)
        checked = [await parts.identities.check(one) for one in (sent_along, named)]
        assert checked == [sent_along, named]
        assert [one.by_cookie for one in checked] == [True, False]
        assert named.csrf_token is None
        assert (await parts.identities.by_cookie(cookie)).by_cookie


@pytest.mark.gen_test
@pytest.mark.parametrize("is_session", [True, False])
async def test_a_ticket_is_good_once_and_briefly(mongodb_uri: str, is_session: bool) -> None:
    async with account_parts(mongodb_uri) as parts:
        identity = await _identity(parts, await _alice(parts), is_session=is_session)
        make_ticket, by_ticket = parts.accounts.credentials.make_ticket, parts.identities.by_ticket
        ticket = await make_ticket(identity)
        found = await by_ticket(ticket)
        assert (found.user, found.credential) == (identity.user, identity.credential)
        assert (found.is_session, found.by_cookie) == (is_session, False)
        assert found.csrf_token is None
        assert await parts.identities.check(found) == found
        late = await make_ticket(identity)
        parts.watch.move(11)
        for refused in (ticket, late, "", "\ud800", identity.credential):
            with pytest.raises(NotAuthenticated, match=r"Invalid token\."):
                await by_ticket(refused)


@pytest.mark.gen_test
async def test_a_ticket_is_worth_no_more_than_its_credential(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        identity = await _identity(parts, await _alice(parts), is_session=False)
        ticket = await parts.accounts.credentials.make_ticket(identity)
        await parts.accounts.credentials.revoke_token(identity.credential)
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_ticket(ticket)


async def _identity(parts: Parts, user: int, *, is_session: bool) -> Identity:
    if is_session:
        cookie = await parts.accounts.credentials.sign_in("alice", PASSWORD)
        return await parts.identities.by_cookie(cookie)
    return await parts.identities.by_token(await parts.accounts.credentials.make_token(user))


@pytest.mark.gen_test
async def test_name_and_password(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        await parts.accounts.add(NewUser("no password"))
        by_basic = parts.identities.by_basic
        assert (await by_basic("alice", PASSWORD)).user.id == user
        wrong = [("alice", "x"), ("alice", ""), ("bob", PASSWORD), ("no password", "")]
        wrong += [("\ud800", "x"), ("alice", "\ud800"), ("alice", "x" * 5_000)]
        for username, password in wrong:
            with pytest.raises(NotAuthenticated, match=r"^Invalid username/password\.$"):
                await by_basic(username, password)
        await parts.accounts.deactivate(user)
        with pytest.raises(NotAuthenticated, match=r"^Invalid username/password\.$"):
            await by_basic("alice", PASSWORD)


@pytest.mark.gen_test
async def test_what_was_read_before_an_event_is_not_remembered(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await _alice(parts)
        identity = await _identity(parts, user, is_session=False)
        memory = Memory(parts.watch.monotonic)
        calls = []

        async def find() -> Identity:
            calls.append(1)
            if len(calls) == 1:
                memory.forget(user)
            return identity

        for _ in range(3):
            assert await memory.recall("key", find) is identity
        assert len(calls) == 2


@pytest.mark.gen_test(timeout=20)
async def test_memory_is_bounded(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        identity = await _identity(parts, await _alice(parts), is_session=False)
        memory = Memory(parts.watch.monotonic)
        calls = []

        async def find() -> Identity:
            calls.append(1)
            return identity

        for n in range(MOST_REMEMBERED + 1):
            await memory.recall(str(n), find)
        await memory.recall(str(MOST_REMEMBERED), find)
        assert len(calls) == MOST_REMEMBERED + 1
        await memory.recall("0", find)
        assert len(calls) == MOST_REMEMBERED + 2
