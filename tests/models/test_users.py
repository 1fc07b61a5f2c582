"""Accounts in the database: names, finding people, decisions, tombstones, stays."""

import pytest

from models.database import Duplicate
from models.memberships import Decision
from models.users import IDS_AT_ONCE, NewUser, name_words
from tests.account_parts import Parts, account_parts

START = 1_000


async def _add(parts: Parts, *names: str) -> None:
    for user, name in enumerate(names, 1):
        await parts.store.users.add(NewUser(name).to_document(user, START + user))


@pytest.mark.parametrize(
    ("username", "words"),
    [
        ("alice", ["alice"]),
        ("Maria_López", ["lópez", "maria", "maria_lópez"]),
        ("x.y@example.com", ["com", "example", "x", "x.y@example.com", "y"]),
        ("STRASSE straße", ["strasse", "strasse strasse"]),
        ("--", ["--"]),
    ],
)
def test_name_words(username: str, words: list[str]) -> None:
    assert name_words(username) == words


@pytest.mark.gen_test
async def test_ids_and_names_are_unique(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        users = parts.store.users
        await users.add(NewUser("alice", identities=("a", "b")).to_document(1, START))
        await users.add(NewUser("none").to_document(2, START))
        await users.add(NewUser("none either").to_document(3, START))
        for taken, key in (
            (NewUser("alice").to_document(4, START), "username"),
            (NewUser("other", identities=("b",)).to_document(4, START), "identities"),
            (NewUser("other").to_document(1, START), "_id"),
        ):
            with pytest.raises(Duplicate) as refused:
                await users.add(taken)
            assert list(refused.value.key) == [key]


@pytest.mark.gen_test
async def test_usernames_are_exact(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        users = parts.store.users
        await _add(parts, "Heidi", "heidi", "inactive")
        await users.change(3, {"is_active": False}, decided=1, revision=1)
        assert (await users.by_username("Heidi") or {})["_id"] == 1
        assert await users.by_username("HEIDI") is None
        assert await users.by_username("\ud800") is None
        assert await users.ids_of(["heidi", "inactive", "x", "\ud800"]) == {
            "heidi": 2,
            "inactive": 3,
        }
        assert await users.names([1, 3, 4, 2**80, -(2**63)]) == {1: "Heidi", 3: "inactive"}


@pytest.mark.gen_test
async def test_names_of_many_take_few_queries(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        documents = [NewUser(f"u{n}").to_document(n, START) for n in range(1, 301)]
        assert await parts.store.users.add_all(documents) == 300
        parts.commands.sent.clear()
        assert len(await parts.store.users.names(range(5_000))) == 300
        assert set(parts.commands.names) <= {"find", "getMore"}
        assert parts.commands.names.count("find") == 5_000 // IDS_AT_ONCE


@pytest.mark.gen_test
async def test_people_are_found_by_the_beginning_of_any_word(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        users = parts.store.users
        await _add(parts, "Zoë Lopez", "lopez.maria", "Bob", "gone lo", "asleep lo")
        await users.bury(4, START)
        await users.change(5, {"is_active": False}, decided=1, revision=1)
        assert await users.find_people("LO", 5) == [(1, "Zoë Lopez"), (2, "lopez.maria")]
        assert await users.find_people("lo", 1) == [(1, "Zoë Lopez")]
        assert await users.find_people("lo", 1, exclude=1) == [(2, "lopez.maria")]
        assert await users.find_people("zoë l", 5) == [(1, "Zoë Lopez")]
        assert await users.find_people("opez", 5) == []
        assert await users.find_people("\ud800", 5) == []
        assert len(await users.find_people("", 5)) == 3


@pytest.mark.gen_test
async def test_each_field_is_as_it_was_decided_last(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        users = parts.store.users
        await _add(parts, "alice")
        assert await users.change(1, {"email": "new@x.de"}, decided=20, revision=5_000)
        late = {"email": "old@x.de", "language": "de"}
        assert await users.change(1, late, decided=10, revision=6_000)
        assert not await users.change(1, late, decided=10, revision=7_000)
        found = await users.get(1) or {}
        assert (found["email"], found["language"]) == ("new@x.de", "de")
        assert (found["version"], found["revision"]) == (3, 6_000)
        assert not await users.change(2, late, decided=10, revision=7_000)


@pytest.mark.gen_test
async def test_values_are_never_read_as_expressions(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        await _add(parts, "alice")
        await parts.store.users.change(1, {"language": "$username"}, decided=1, revision=1)
        assert (await parts.store.users.get(1) or {})["language"] == "$username"


@pytest.mark.gen_test
async def test_a_tombstone_keeps_the_id_and_nothing_else(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        users = parts.store.users
        new = NewUser("alice", email="A@x.de", password="h", identities=("i",), groups=(7,))
        await users.add(new.to_document(1, START))
        for _ in range(2):
            await users.bury(1, 2_000)
        assert await users.get(1) is None
        assert await users.by_username("alice") is None
        assert await users.names([1]) == {}
        assert await users.all() == []
        assert not await users.is_empty()
        assert await users.taken_ids([1, 2]) == {1}
        assert await users.taken_identities(["i"]) == set()
        kept = await parts.database.collection("accounts_users").find_one({"_id": 1}) or {}
        assert not {"username", "name_words", "email", "email_folded", "identities"} & kept.keys()
        assert (kept["password"], kept["stays"], kept["deleted_at"]) == (None, [], 2_000)
        assert not await users.change(1, {"email": "b@x.de"}, decided=9_999, revision=9_999)
        await users.add(NewUser("alice", identities=("i",)).to_document(2, START))


async def _stays(parts: Parts) -> list[tuple[int, int, int | None]]:
    found = await parts.store.users.get(1) or {}
    return [(one["group"], one["since"], one["until"]) for one in found["stays"]]


@pytest.mark.gen_test
async def test_stays_are_intervals(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        kept = parts.store.memberships
        await _add(parts, "alice")
        for _ in range(2):
            await kept.join(Decision(1, 7, 10), 11)
        await kept.join(Decision(1, 8, 12), 12)
        assert await _stays(parts) == [(7, 11, None), (8, 12, None)]
        for _ in range(2):
            await kept.leave(Decision(1, 7, 20), 21)
        await kept.join(Decision(1, 7, 30), 31)
        assert await _stays(parts) == [(7, 11, 21), (8, 12, None), (7, 31, None)]


@pytest.mark.gen_test
async def test_of_two_decisions_about_a_group_the_later_holds(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        kept = parts.store.memberships
        await _add(parts, "alice")
        await kept.leave(Decision(1, 7, 20), 20)
        await kept.join(Decision(1, 7, 10), 25)
        assert await _stays(parts) == []


@pytest.mark.gen_test
async def test_stamping_again_moves_only_what_the_decision_did(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        kept = parts.store.memberships
        await _add(parts, "alice")
        await kept.join(Decision(1, 7, 10), 10)
        await kept.restamp_join(Decision(1, 7, 10), 15)
        assert await _stays(parts) == [(7, 15, None)]
        again = Decision(1, 7, 20)
        await kept.join(again, 20)
        await kept.restamp_join(again, 30)
        assert await _stays(parts) == [(7, 15, None)]
        await kept.leave(Decision(1, 7, 40), 40)
        await kept.restamp_leave(Decision(1, 7, 40), 45)
        await kept.restamp_leave(Decision(1, 7, 39), 99)
        assert await _stays(parts) == [(7, 15, 45)]
