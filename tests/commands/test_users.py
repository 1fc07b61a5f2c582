"""``users add``, ``change``, ``rights`` and ``show``: all that administrators set over HTTP."""

import pytest

from models.groups import NewGroup
from models.users import NewUser
from tests.account_parts import account_parts
from tests.commands.account_calls import run, told

ADDED = (
    *("--email", "a@x.de", "--email-verified", "--language", "de", "--time-zone", "Europe/Berlin"),
    *("--right", "services", "--right", "system.message", "--group", "staff", "--identity", "a-1"),
)


@pytest.mark.gen_test
async def test_what_is_known_of_a_user_is_given_shown_and_changed(
    mongodb_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.groups.add(NewGroup("staff"))
        await told(parts, capsys, "users", "add", "alice", *ADDED)
        found = await told(parts, capsys, "users", "show", 1)
        assert found == {
            "id": 1,
            "username": "alice",
            "email": "a@x.de",
            "email_verified": True,
            "is_active": True,
            "is_admin": False,
            "rights": ["services", "system.message"],
            "groups": ["staff"],
            "identities": ["a-1"],
            "has_password": True,
            "language": "de",
            "time_zone": "Europe/Berlin",
            "created_at": found["created_at"],
        }
        assert await told(parts, capsys, "users", "show", "alice") == found
        words = ("--email", "b@x.de", "--admin", "--no-language", "--time-zone", "UTC")
        changed = await told(parts, capsys, "users", "change", "alice", *words)
        assert changed == {
            **found,
            **{"email": "b@x.de", "email_verified": False, "is_admin": True},
            **{"language": None, "time_zone": "UTC"},
        }
        assert (await parts.identities.user(1)).is_admin
        given = await told(parts, capsys, "users", "rights", "alice", "services", "services")
        assert given == {**changed, "rights": ["services"]}
        assert await run(parts, "users", "rights", "alice") == 0
        assert capsys.readouterr().out == "Changed rights of alice.\n"
        ends = ("--no-email", "--no-admin", "--no-time-zone")  # also of the last administrator
        ended = await told(parts, capsys, "users", "change", "alice", *ends)
        assert (ended["email"], ended["is_admin"], ended["time_zone"]) == (None, False, None)
        assert await run(parts, "users", "show", "alice") == 0
        lines = capsys.readouterr().out.splitlines()
        assert (lines[1], lines[6]) == ("username        alice", "rights          -")


@pytest.mark.gen_test
async def test_what_is_refused_changes_nothing(
    mongodb_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.add(NewUser("alice", email="a@x.de", email_verified=True))
        bob = await parts.accounts.add(NewUser("bob"))
        before = await parts.accounts.people.get(bob)
        for code, words, line in [
            (2, ("change", "bob"), "Say what is to change"),
            (1, ("change", "nobody", "--admin"), "There is no user 'nobody'."),
            (1, ("change", "bob", "--email", "b@"), "email: Enter a valid email address."),
            (1, ("change", "bob", "--email-verified"), "email_verified: An address that is"),
            (1, ("change", "bob", "--email", "A@x.de", "--email-verified"), "This address is"),
            (1, ("change", "bob", "--language", "?"), "language: Enter a valid language tag"),
            (1, ("change", "bob", "--time-zone", "Mars"), "time_zone: Enter a valid time zone"),
            (1, ("rights", "bob", "x" * 101), "rights: 0: Ensure this field has no more than"),
            (1, ("add", "eve", "--group", "none"), "There is no group 'none'."),
            (1, ("add", "eve", "--identity", "i" * 37), "identities: 0: Ensure this field"),
        ]:
            assert await run(parts, "users", *words) == code, words
            said = capsys.readouterr()
            assert (said.out, said.err.count("\n")) == ("", 1)
            assert said.err.startswith(line)
        assert await parts.accounts.people.get(bob) == before
