"""The command line for accounts: what it prints, what it keeps private, when it refuses."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from commands import new_passwords
from commands.line import parser
from commands.welcome import welcome
from domain.coercion import Refused
from domain.errors import NotAuthenticated
from models.groups import NewGroup
from models.users import NewUser
from tests.account_parts import account_parts
from tests.commands.account_calls import run, told


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.gen_test
async def test_adding_listing_and_ending_users(
    mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with account_parts(mongodb_uri) as parts:
        secret = tmp_path / "password"
        secret.write_text("from a file\nand more\n")
        words = ["users", "add", "alice", "--email", "a@x.de", "--admin", "--password-file", secret]
        assert await run(parts, *words) == 0
        assert capsys.readouterr().out == "Made user alice.\n"
        assert await parts.accounts.credentials.sign_in("alice", "from a file")
        made = await told(parts, capsys, "users", "add", "bob")
        assert await parts.accounts.credentials.sign_in("bob", made.pop("password"))
        assert made == {"id": 2, "username": "bob"}
        rows = await told(parts, capsys, "users", "list")
        assert rows[0] == {
            "id": 1,
            "username": "alice",
            "email": "a@x.de",
            "is_active": True,
            "is_admin": True,
            "rights": [],
            "groups": [],
        }
        await run(parts, "users", "list")
        assert capsys.readouterr().out.splitlines() == [
            "id  username  email   is_active  is_admin  rights  groups",
            "1   alice     a@x.de  yes        yes       -       -",
            "2   bob       -       yes        no        -       -",
        ]
        for verb in ("deactivate", "activate", "delete"):
            assert await told(parts, capsys, "users", verb, "bob") == {
                "id": 2,
                "username": "bob",
            }
        assert len(await told(parts, capsys, "users", "list")) == 1


@pytest.mark.gen_test
async def test_what_is_refused_says_why_in_a_line(
    mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.add(NewUser("alice"))
        short = tmp_path / "short"
        short.write_text("1234567")
        for words, line in [
            (("users", "add", "alice"), "The username 'alice' is taken."),
            (("users", "add", "x", "--email", "y"), "email: Enter a valid email address."),
            (("users", "add", "a\nb"), "username: Enter printable characters"),
            (("users", "add", "x", "--password-file", short), "Ensure this field has at least 8"),
            (("users", "add", "x", "--password-file", tmp_path / "none"), "[Errno 2] No such file"),
            (("users", "delete", "nobody"), "There is no user 'nobody'."),
            (("tokens", "list", "nobody"), "There is no user 'nobody'."),
            (("tokens", "revoke", "0" * 40), "There is no such token."),
            (("groups", "add", ":all"), "names that begin with a colon"),
            (("groups", "join", "nurses", "alice"), "There is no group 'nurses'."),
        ]:
            assert await run(parts, *words) == 1
            said = capsys.readouterr()
            assert (said.out, said.err.count("\n")) == ("", 1)
            assert said.err.startswith(line)


@pytest.mark.parametrize("words", [["users"], ["users", "import", "x"], ["tokens", "add"]])
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.gen_test
async def test_tokens(mongodb_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await parts.accounts.add(NewUser("alice"))
        await run(parts, "users", "token", "alice", "--name", "phone")
        token = capsys.readouterr().out.strip()
        assert (await parts.identities.by_token(token)).user.id == user
        made = await told(parts, capsys, "tokens", "add", "alice")
        assert (made["username"], len(made["token"])) == ("alice", 40)
        rows = await told(parts, capsys, "tokens", "list", "alice")
        assert [(row["user"], row["name"]) for row in rows] == [("alice", "phone"), ("alice", None)]
        assert rows[0]["created_at"].startswith("2023-11-14T22:13:20")
        await told(parts, capsys, "tokens", "revoke", rows[0]["id"])
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_token(token)
        await told(parts, capsys, "tokens", "revoke", made["token"])
        await run(parts, "tokens", "list")
        assert capsys.readouterr().out == "none\n"


@pytest.mark.gen_test
async def test_groups(mongodb_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await parts.accounts.add(NewUser("alice"))
        made = await told(parts, capsys, "groups", "add", "staff", "--right", "services")
        assert made == {"id": 1, "name": "staff"}
        rows = await told(parts, capsys, "groups", "list")
        assert rows[0] == {"id": 1, "name": "staff", "rights": ["services"]}
        assert {row["name"] for row in rows} >= {":all", ":authenticated"}
        await told(parts, capsys, "groups", "join", "staff", "alice")
        assert (await parts.identities.user(user)).may("services")
        assert (await told(parts, capsys, "users", "list"))[0]["groups"] == ["staff"]
        await told(parts, capsys, "groups", "leave", "staff", "alice")
        assert not (await parts.identities.user(user)).may("services")
        await told(parts, capsys, "groups", "rename", "staff", "crew")
        made = await told(parts, capsys, "groups", "rights", "crew", "services", "system.message")
        assert made == {"id": 1, "rights": ["services", "system.message"]}
        await told(parts, capsys, "groups", "join", "crew", "alice")
        rows = await told(parts, capsys, "groups", "members", "crew")
        assert rows == [{"id": user, "username": "alice"}]
        assert await told(parts, capsys, "groups", "delete", "crew") == {"id": 1, "name": "crew"}
        assert (await told(parts, capsys, "users", "list"))[0]["groups"] == []
        assert not any(row["id"] == 1 for row in await told(parts, capsys, "groups", "list"))
        assert await told(parts, capsys, "groups", "add", "crew") == {"id": 2, "name": "crew"}
        await parts.accounts.groups.add(NewGroup("staff"))
        for words, line in [
            (("groups", "rename", "crew", "staff"), "The group 'staff' exists already."),
            (("groups", "rename", "crew", ":crew"), "names that begin with a colon"),
            (("groups", "delete", ":all"), "The system's groups are what they are."),
            (("groups", "delete", "nobody"), "There is no group 'nobody'."),
        ]:
            assert await run(parts, *words) == 1
            assert capsys.readouterr().err.startswith(line)


@pytest.mark.gen_test
async def test_import_keeps_its_tokens_private(
    mongodb_uri: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commands.progress.SAID_EACH_S", 0)
    async with account_parts(mongodb_uri) as parts:
        file, tokens = tmp_path / "users.json", tmp_path / "tokens.json"
        file.write_text(json.dumps([{"username": "Zoë"}, {"username": "bob"}]), encoding="utf-8")
        tokens.write_text("something much longer that was here before" * 9)
        tokens.chmod(0o644)
        assert await run(parts, "users", "import", file, "--tokens", tokens, "--json") == 0
        told = capsys.readouterr()
        assert told.err == "passwords: 2\nusers: 2\n"
        shown = json.loads(told.out)
        assert shown == {"users": 2, "tokens": str(tokens)}
        assert _mode(tokens) == 0o600
        written = json.loads(tokens.read_text(encoding="utf-8"))
        assert list(written) == ["Zoë", "bob"]
        assert (await parts.identities.by_token(written["Zoë"])).user.username == "Zoë"


@pytest.mark.gen_test
async def test_a_refused_import_leaves_no_file(
    mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with account_parts(mongodb_uri) as parts:
        file, tokens = tmp_path / "users.json", tmp_path / "tokens.json"
        file.write_text(json.dumps([{"username": "a", "x": 1}, *[{"id": 1}] * 30]))
        assert await run(parts, "users", "import", file, "--tokens", tokens) == 1
        lines = capsys.readouterr().err.splitlines()
        assert lines[0] == "users[0] (a): x: there is no such key"
        assert (len(lines), lines[-1]) == (21, "and 40 more problems")
        assert not tokens.exists()
        assert await run(parts, "users", "import", tmp_path / "none", "--tokens", tokens) == 1
        file.write_bytes(b"\xff")
        assert await run(parts, "users", "import", file, "--tokens", tokens) == 1
        file.write_text('[{"username": "a"}]')
        nowhere = tmp_path / "none" / "tokens"
        assert await run(parts, "users", "import", file, "--tokens", nowhere) == 1
        assert await parts.store.users.is_empty()


@pytest.mark.gen_test
async def test_a_password_is_changed(mongodb_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with account_parts(mongodb_uri) as parts:
        await parts.accounts.add(NewUser("alice"))
        first = (await told(parts, capsys, "users", "password", "alice"))["password"]
        cookie = await parts.accounts.credentials.sign_in("alice", first)
        await run(parts, "users", "password", "alice")
        said = capsys.readouterr().out.split()
        assert await parts.accounts.credentials.sign_in("alice", said[said.index("Password:") + 1])
        with pytest.raises(NotAuthenticated):
            await parts.identities.by_cookie(cookie)


def test_a_password_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    typed = iter(["long enough", "long enough", "long enough", "differs", "short"])
    monkeypatch.setattr(new_passwords, "getpass", lambda prompt: next(typed))
    assert new_passwords.new_password(None) == ("long enough", False)
    for _ in range(2):
        with pytest.raises(Refused):
            new_passwords.new_password(None)


@pytest.mark.gen_test
async def test_a_welcome_is_made_once(mongodb_uri: str, tmp_path: Path) -> None:
    async with account_parts(mongodb_uri) as parts:
        made = await welcome(parts.accounts, tmp_path)
        assert made is not None
        assert list(made.passwords) == ["admin", "alice", "bob"]
        assert _mode(made.path) == 0o600
        assert made.path == tmp_path / "welcome.txt"
        assert made.text in made.path.read_text(encoding="utf-8")
        for name, password in made.passwords.items():
            assert f"{name:<5}  {password}" in made.text
            cookie = await parts.accounts.credentials.sign_in(name, password)
            assert (await parts.identities.by_cookie(cookie)).user.is_admin is (name == "admin")
        for one in await parts.store.users.all():
            await parts.accounts.delete(one["_id"])
        assert await welcome(parts.accounts, tmp_path) is None
