"""``users``: made, listed, shown, changed, let in and ended; their tokens and passwords."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commands.answers import describe, misused, say, show
from commands.new_passwords import new_password
from commands.private_files import private_file, rewrite
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from models.administration_schemas import NEW_USER, USER
from models.database import Document
from models.schemas import load
from services.identities import present_groups
from services.imports import import_accounts
from services.people import shown

if TYPE_CHECKING:
    from services.app import App


BOTH_WAYS: Final = argparse.BooleanOptionalAction
TEXTS: Final = (
    ("email", "E", "the address"),
    ("language", "L", "such as de or pt-BR"),
    ("time-zone", "Z", "such as Europe/Berlin"),
)
ANSWERS: Final = (
    ("admin", "is_admin", "may do everything"),
    ("email-verified", "email_verified", "the address is known to be the user's"),
)
FIELDS: Final = (
    *(word.replace("-", "_") for word, _, _ in TEXTS),
    *(field for _, field, _ in ANSWERS),
)
LISTS: Final = (
    ("right", "rights", "R", "a right"),
    ("identity", "identities", "I", "a name in another system"),
)
NOTHING: Final = "Say what is to change: --help lists what can."


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "users", "make, list, change and end accounts")
    one = add_verb(actions, "import", _import, "make all groups and users of a JSON file, or none")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument(
        "--tokens", type=Path, required=True, metavar="FILE", help="where the new tokens go"
    )
    one = add_verb(actions, "add", _add, "make a user")
    one.add_argument("name", metavar="NAME")
    _add_fields(one)
    for word, name, metavar, text in LISTS:
        how = f"{text}; may be repeated"
        _add_field(one, f"--{word}", dest=name, action="append", metavar=metavar, help=how)
    one.add_argument(
        "--group", action="append", default=[], metavar="G", help="a group; may be repeated"
    )
    one.add_argument("--password-file", type=Path, metavar="F")
    add_verb(actions, "list", _list, "list all users")
    one = add_verb(actions, "change", _change, "change what is known of a user")
    one.add_argument("name", metavar="USER")
    _add_fields(one)
    for word, _, _ in TEXTS:
        field = word.replace("-", "_")
        _add_field(
            one, f"--no-{word}", dest=field, action="store_const", const=None, help="have none"
        )
    one = add_verb(actions, "rights", _rights, "give a user these rights and no others")
    one.add_argument("name", metavar="USER")
    one.add_argument("rights", nargs="*", metavar="R")
    one = add_verb(actions, "token", _token, "make a token for a user's programs")
    one.add_argument("name", metavar="USER")
    one.add_argument("--name", dest="token_name", metavar="N", help="what the token is for")
    one = add_verb(
        actions, "password", _password, "give a user a new password and end his sessions"
    )
    one.add_argument("name", metavar="USER")
    one.add_argument("--password-file", type=Path, metavar="F")
    for name, do, text in (
        ("show", _show, "show what is known of a user"),
        ("deactivate", _deactivate, "let nobody in on an account any more"),
        ("activate", _activate, "let its owner in again"),
        ("delete", _delete, "end an account for good"),
        ("export", _export, "print all that is kept of somebody, as JSON"),
        ("erase", _erase, "end an account and forget the person in every area"),
    ):
        add_verb(actions, name, do, text).add_argument("name", metavar="USER")


def _add_fields(one: argparse.ArgumentParser) -> None:
    """What an account is given, and what of it changes."""
    for word, name, text in TEXTS:
        _add_field(one, f"--{word}", metavar=name, help=text)
    for word, dest, text in ANSWERS:
        _add_field(one, f"--{word}", dest=dest, action=BOTH_WAYS, help=text)


def _add_field(one: argparse.ArgumentParser, word: str, **how: Any) -> None:
    """An option that is not there at all when it was not said."""
    one.add_argument(word, default=argparse.SUPPRESS, **how)


async def _import(arguments: argparse.Namespace, app: "App") -> int:
    text = arguments.file.read_text(encoding="utf-8")
    with private_file(arguments.tokens) as file, Progress() as tell:
        tokens = await import_accounts(app.accounts, text, tell)
        rewrite(file, json.dumps(tokens, ensure_ascii=False, indent=2) + "\n")
    done = f"Imported {len(tokens)} users; their tokens are in {arguments.tokens}."
    return say(arguments, done, {"users": len(tokens), "tokens": str(arguments.tokens)})


async def _add(arguments: argparse.Namespace, app: "App") -> int:
    said = {"username": arguments.name, **_said(arguments, *FIELDS, "rights", "identities")}
    given = load(NEW_USER, said)
    given["groups"] = [(await app.accounts.groups.named(one))["_id"] for one in arguments.group]
    password, is_made = new_password(arguments.password_file)
    given["password"] = await app.accounts.passwords.hash(password)
    user = await app.accounts.people.create(None, given)
    done = f"Made user {user['username']}."
    return _say_password(arguments, done, user["_id"], password if is_made else None)


def _said(arguments: argparse.Namespace, *fields: str) -> dict[str, Any]:
    """Those of these fields that were given."""
    return {name: getattr(arguments, name) for name in fields if name in arguments}


async def _change(arguments: argparse.Namespace, app: "App") -> int:
    said = _said(arguments, *FIELDS)
    if not said:
        return misused(NOTHING)
    return await _set(arguments, app, said)


async def _rights(arguments: argparse.Namespace, app: "App") -> int:
    return await _set(arguments, app, {"rights": arguments.rights})


async def _set(arguments: argparse.Namespace, app: "App", said: dict[str, Any]) -> int:
    user = await app.accounts.named(arguments.name)
    changed = await app.accounts.people.change(None, user["_id"], load(USER, said))
    done = f"Changed {', '.join(said)} of {user['username']}."
    return say(arguments, done, await _shown(changed, app))


async def _show(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    return describe(arguments, await _shown(user, app))


async def _shown(user: Document, app: "App") -> dict[str, Any]:
    """An account as the API shows it, its groups by their names."""
    names = await app.accounts.store.groups.names(present_groups(user))
    return shown(user, sorted(names.values()))


async def _password(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    password, is_made = new_password(arguments.password_file)
    await app.accounts.set_password(user["_id"], password)
    done = f"Changed the password of {user['username']} and ended all sessions."
    return _say_password(arguments, done, user["_id"], password if is_made else None)


def _say_password(arguments: argparse.Namespace, done: str, user: int, password: str | None) -> int:
    payload: dict[str, object] = {"id": user, "username": arguments.name}
    if password is None:
        return say(arguments, done, payload)
    text = f"{done}\nPassword: {password}   (shown this once)"
    return say(arguments, text, {**payload, "password": password})


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    groups = {one["_id"]: one["name"] for one in await app.accounts.groups.all()}
    rows = [
        {
            "id": one["_id"],
            "username": one["username"],
            "email": one["email"],
            "is_active": one["is_active"],
            "is_admin": one["is_admin"],
            "rights": one["rights"],
            "groups": sorted(groups[group] for group in present_groups(one) & groups.keys()),
        }
        for one in await app.accounts.store.users.all()
    ]
    return show(arguments, rows)


async def _token(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    token = await app.accounts.credentials.make_token(user["_id"], arguments.token_name)
    return say(arguments, token, {"username": user["username"], "token": token})


async def _deactivate(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    await app.accounts.deactivate(user["_id"])
    return _say_user(arguments, "Deactivated", user)


async def _activate(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    await app.accounts.activate(user["_id"])
    return _say_user(arguments, "Activated", user)


async def _delete(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    await app.accounts.delete(user["_id"])
    return _say_user(arguments, "Deleted", user)


async def _export(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    found = await app.safety.legacy.export(user["_id"])
    return say(arguments, json.dumps(found, ensure_ascii=False, indent=2), found)


async def _erase(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.name)
    await app.safety.legacy.erase(None, user["_id"])
    return _say_user(arguments, "Erased", user)


def _say_user(arguments: argparse.Namespace, done: str, user: dict[str, object]) -> int:
    payload = {"id": user["_id"], "username": user["username"]}
    return say(arguments, f"{done} {user['username']}.", payload)
