"""``users``: import, add, list, token, password, deactivate, activate, delete."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from commands.answers import say, show
from commands.new_passwords import new_password
from commands.private_files import private_file, rewrite
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from domain import profiles
from models.users import NewUser
from services.identities import present_groups
from services.imports import import_accounts

if TYPE_CHECKING:
    from services.app import App


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
    one.add_argument("--email", metavar="E")
    one.add_argument("--admin", action="store_true", help="make an administrator")
    one.add_argument("--password-file", type=Path, metavar="F")
    add_verb(actions, "list", _list, "list all users")
    one = add_verb(actions, "token", _token, "make a token for a user's programs")
    one.add_argument("name", metavar="USER")
    one.add_argument("--name", dest="token_name", metavar="N", help="what the token is for")
    one = add_verb(
        actions, "password", _password, "give a user a new password and end his sessions"
    )
    one.add_argument("name", metavar="USER")
    one.add_argument("--password-file", type=Path, metavar="F")
    for name, do, text in (
        ("deactivate", _deactivate, "let nobody in on an account any more"),
        ("activate", _activate, "let its owner in again"),
        ("delete", _delete, "end an account for good"),
        ("export", _export, "print all that is kept of somebody, as JSON"),
        ("erase", _erase, "end an account and forget the person in every area"),
    ):
        add_verb(actions, name, do, text).add_argument("name", metavar="USER")


async def _import(arguments: argparse.Namespace, app: "App") -> int:
    text = arguments.file.read_text(encoding="utf-8")
    with private_file(arguments.tokens) as file, Progress() as tell:
        tokens = await import_accounts(app.accounts, text, tell)
        rewrite(file, json.dumps(tokens, ensure_ascii=False, indent=2) + "\n")
    done = f"Imported {len(tokens)} users; their tokens are in {arguments.tokens}."
    return say(arguments, done, {"users": len(tokens), "tokens": str(arguments.tokens)})


async def _add(arguments: argparse.Namespace, app: "App") -> int:
    username = profiles.username(arguments.name)
    email = None if arguments.email is None else profiles.email(arguments.email)
    password, is_made = new_password(arguments.password_file)
    hashed = await app.accounts.passwords.hash(password)
    new = NewUser(username, email=email, is_admin=arguments.admin, password=hashed)
    user = await app.accounts.add(new)
    return _say_password(arguments, f"Made user {username}.", user, password if is_made else None)


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
