"""Import: what a file may say, what is refused, and that a refusal leaves nothing behind."""

import json
from typing import Any

import pytest

from domain.audiences import SYSTEM_GROUP_IDS
from domain.errors import Conflict, Invalid, Unavailable
from models.groups import NewGroup
from models.users import NewUser
from services.import_files import read
from services.imports import import_accounts
from tests.account_parts import Parts, account_parts

FULL: dict[str, list[dict[str, Any]]] = {
    "groups": [
        {"id": 5, "name": "staff", "displayname": {"de-DE": "Personal"}, "rights": ["services"]},
        {"name": "nurses"},
    ],
    "users": [
        {"id": 7, "username": "carol", "groups": ["staff", 5, ":email", ":all"]},
        {
            "username": "dave",
            "email": "Dave@x.de",
            "email_verified": True,
            "password": "pw",
            "is_admin": True,
            "is_superuser": True,
            "is_active": False,
            "rights": ["internal_app"],
            "language": "de",
            "time_zone": "Europe/Berlin",
            "identities": ["8646b7bc-b511-4965-a90b-e1145e398703", "d"],
            "groups": ["nurses"],
            "note": "whatever",
        },
        {"username": "erin", "email": "", "id": None, "groups": None, "is_admin": None},
    ],
}

# The keys that the recorded inbox cases' own list of users has.
GOLDEN = [
    {"id": 1, "username": "alice", "is_admin": False},
    {"id": 5, "username": "admin", "is_admin": True, "note": "Django is_staff=True"},
    {"id": 6, "username": "frank", "is_admin": False, "is_active": False, "note": "deactivated"},
    {"id": 7, "username": "grace", "is_admin": False, "is_superuser": True, "note": "not staff"},
    {"id": 8, "username": "Heidi", "is_admin": False, "note": "capital letter"},
]


async def _import(parts: Parts, data: object) -> dict[str, str]:
    return await import_accounts(parts.accounts, json.dumps(data))


@pytest.mark.gen_test
async def test_everything_a_file_may_say(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        tokens = await _import(parts, FULL)
        assert list(tokens) == ["carol", "dave", "erin"]
        ids = await parts.store.users.ids_of(tokens)
        assert ids == {"carol": 7, "dave": 8, "erin": 9}
        groups = {one["name"]: one for one in await parts.accounts.groups.all()}
        assert (groups["staff"]["_id"], groups["nurses"]["_id"]) == (5, 6)
        assert groups["staff"]["displayname"] == {"de-DE": "Personal"}
        carol = (await parts.identities.by_token(tokens["carol"])).user
        joined = {stay.group: stay.since for stay in carol.member.stays}
        assert joined == dict.fromkeys((5, SYSTEM_GROUP_IDS[":email"]), carol.member.since)
        assert carol.rights == {"services", "r"}
        dave = await parts.store.users.get(8) or {}
        assert dave["rights"] == ["internal_app", "system.root"]
        assert (dave["is_admin"], dave["is_active"]) == (True, False)
        assert (dave["email_folded"], dave["email_verified"]) == ("dave@x.de", True)
        assert dave["identities"] == FULL["users"][1]["identities"]
        assert await parts.accounts.passwords.is_right("pw", dave["password"])
        assert await parts.accounts.add(NewUser("frank")) == 10
        assert await parts.accounts.groups.add(NewGroup("cooks")) == 7


@pytest.mark.gen_test
async def test_the_inbox_cases_own_list_as_it_is(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        tokens = await _import(parts, GOLDEN)
        users = {n: (await parts.identities.by_token(tokens[n])).user for n in ("admin", "grace")}
        assert (users["admin"].id, users["admin"].is_admin) == (5, True)
        assert (users["grace"].is_admin, users["grace"].may("anything")) == (False, True)
        assert (await parts.store.users.get(6) or {})["is_active"] is False
        assert (await parts.store.users.by_username("Heidi") or {})["_id"] == 8


WRONG: list[tuple[Any, str]] = [
    ({"username": "x", "colour": 1}, "users[0] (x): colour: there is no such key"),
    ({"id": 1}, "users[0]: username is missing"),
    ({"username": ""}, "users[0] (): username: This field may not be blank."),
    ({"username": 5}, "users[0]: username: must be a text"),
    ({"username": "a\nb"}, "users[0]: username: Enter printable characters without"),
    ({"username": "x", "id": "1"}, "users[0] (x): id: must be a whole number from 1"),
    ({"username": "x", "id": True}, "users[0] (x): id: must be a whole number from 1"),
    ({"username": "x", "id": 0}, "users[0] (x): id: must be a whole number from 1"),
    ({"username": "x", "id": 2**53}, "users[0] (x): id: must be a whole number from 1"),
    ({"username": "x", "is_admin": 1}, "users[0] (x): is_admin: must be true or false"),
    ({"username": "x", "email": "y"}, "users[0] (x): email: Enter a valid email address."),
    ({"username": "x", "email_verified": True}, "users[0] (x): email_verified needs an email"),
    ({"username": "x", "groups": "staff"}, "users[0] (x): groups: must be a list"),
    ({"username": "x", "groups": [1.5]}, "users[0] (x): groups: must be names or ids"),
    ({"username": "x", "groups": ["none"]}, "users[0] (x): there is no group 'none'"),
    ({"username": "x", "groups": [99]}, "users[0] (x): there is no group 99"),
    ({"username": "x", "identities": ["i" * 37]}, "users[0] (x): identities: Ensure this field"),
    ({"username": "x", "rights": [1]}, "users[0] (x): rights: must be a text"),
    ({"username": "x", "time_zone": "Mars"}, "users[0] (x): time_zone: Enter a valid time zone"),
    ({"username": "x", "password": 5}, "users[0] (x): password: must be a text"),
    ({"username": "taken"}, "users[0] (taken): the username is taken"),
    ({"username": "x", "id": 1}, "users[0] (x): id 1 is taken"),
    ({"username": "x", "id": 2}, "users[0] (x): id 2 is taken"),
    ({"username": "x", "identities": ["i"]}, "users[0] (x): identity 'i' is taken"),
    (5, "users[0]: must be an object"),
]


@pytest.mark.gen_test(timeout=20)
async def test_a_wrong_entry_is_named_and_nothing_is_imported(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.add(NewUser("taken", identities=("i",)))
        await parts.accounts.delete(await parts.accounts.add(NewUser("gone")))
        for entry, line in WRONG:
            with pytest.raises(Invalid) as refused:
                await _import(parts, [entry, {"username": "good"}])
            assert [str(one)[: len(line)] for one in refused.value.problems] == [line]
        assert [one["username"] for one in await parts.store.users.all()] == ["taken"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", "The file is not JSON: Expecting property name"),
        ("[" * 100_000, "The file is not JSON: it is nested too deeply."),
        ('[{"username": "a", "username": "b"}]', "The file is not JSON: the key 'username'"),
        ("5", "The file must hold a list of users, or"),
        ('{"user": []}', "There is no key 'user'."),
        ('{"users": {}}', "'users' must be a list."),
        ('[{"username": "a"}, {"username": "a"}]', "users[1] (a): username 'a' stands twice"),
        (
            '[{"username": "a", "id": 1}, {"username": "b", "id": 1}]',
            "users[1] (b): id 1 stands twice in the file",
        ),
        (
            '[{"username": "a", "identities": ["x"]}, {"username": "b", "identities": ["x"]}]',
            "users[1] (b): identity 'x' stands twice in the file",
        ),
        (
            '{"groups": [{"name": "a"}, {"name": "a"}]}',
            "groups[1] (a): name 'a' stands twice in the file",
        ),
        ('{"groups": [{"id": 1}]}', "groups[0]: name is missing"),
        ('{"groups": [{"id": 1000001, "name": "a"}]}', "groups[0] (a): id: must be a whole"),
        ('{"groups": [{"name": ":all"}]}', "groups[0] (:all): name: names that begin with"),
        (
            '{"groups": [{"name": "a", "displayname": {"?": "x"}}]}',
            "groups[0] (a): displayname: must be texts by culture",
        ),
    ],
)
def test_a_file_that_contradicts_itself(text: str, line: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert [str(one)[: len(line)] for one in refused.value.problems] == [line]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read('[{"username": "a", "x": 1, "id": -1}, {"id": 2}]')
    assert len(refused.value.problems) == 3


@pytest.mark.gen_test
async def test_a_group_that_exists_is_not_made_again(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        group = await parts.accounts.groups.add(NewGroup("staff"))
        data = {"groups": [{"name": "staff"}, {"name": "x", "id": group}], "users": []}
        with pytest.raises(Invalid) as refused:
            await _import(parts, data)
        assert refused.value.problems == [
            "groups[0] (staff): name 'staff' is taken",
            f"groups[1] (x): id {group} is taken",
        ]
        tokens = await _import(parts, [{"username": "a", "groups": [group, "staff"]}])
        user = (await parts.identities.by_token(tokens["a"])).user
        assert [stay.group for stay in user.member.stays] == [group]


@pytest.mark.gen_test
@pytest.mark.expects_log("taken back")
@pytest.mark.parametrize("failing", ["users", "tokens"])
async def test_a_database_that_fails_half_way_leaves_nothing(
    mongodb_uri: str, failing: str
) -> None:
    async with account_parts(mongodb_uri) as parts:
        kept = getattr(parts.store, failing)
        add_all = kept.add_all

        async def failed(documents: list[Any]) -> int:
            await add_all(documents[:2])
            raise Unavailable

        kept.add_all = failed
        with pytest.raises(Unavailable):
            await _import(parts, FULL)
        kept.add_all = add_all
        assert await parts.store.users.is_empty()
        assert await parts.accounts.credentials.tokens() == []
        assert len(await parts.accounts.groups.all()) == len(SYSTEM_GROUP_IDS)
        assert len(await _import(parts, FULL)) == 3


@pytest.mark.gen_test
@pytest.mark.expects_log("taken back")
async def test_somebody_who_takes_a_name_meanwhile_keeps_it(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        add_all = parts.store.users.add_all

        async def overtaken(documents: list[Any]) -> int:
            await parts.accounts.add(NewUser("dave"))
            return await add_all(documents)

        parts.store.users.add_all = overtaken  # type: ignore[method-assign, assignment]
        with pytest.raises(Conflict, match="nothing was imported"):
            await _import(parts, FULL)
        assert [one["username"] for one in await parts.store.users.all()] == ["dave"]
