"""``users``: import, add, list, token, password, deactivate, activate, delete."""

import argparse
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commands.answers import refuse, say, show
from commands.new_passwords import new_password
from commands.options import common_options
from commands.private_files import private_file, rewrite
from domain import profiles
from domain.coercion import Refused
from domain.errors import ProductError
from models.users import NewUser
from services.identities import present_groups
from services.imports import import_accounts

if TYPE_CHECKING:
    from services.app import App

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("users", help="make, list, change and end accounts")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    one = action("import", "make all groups and users of a JSON file, or none")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument(
        "--tokens", type=Path, required=True, metavar="FILE", help="where the new tokens go"
    )
    one = action("add", "make a user")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--email", metavar="E")
    one.add_argument("--admin", action="store_true", help="make an administrator")
    one.add_argument("--password-file", type=Path, metavar="F")
    action("list", "list all users")
    one = action("token", "make a token for a user's programs")
    one.add_argument("name", metavar="USER")
    one.add_argument("--name", dest="token_name", metavar="N", help="what the token is for")
    one = action("password", "give a user a new password and end his sessions")
    one.add_argument("name", metavar="USER")
    one.add_argument("--password-file", type=Path, metavar="F")
    for name, text in (
        ("deactivate", "let nobody in on an account any more"),
        ("activate", "let its owner in again"),
        ("delete", "end an account for good"),
        ("export", "print all that is kept of somebody, as JSON"),
        ("erase", "end an account and forget the person in every area"),
    ):
        action(name, text).add_argument("name", metavar="USER")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except (ProductError, Refused, OSError, UnicodeDecodeError) as error:
        return refuse(error)


async def _import(arguments: argparse.Namespace, app: "App") -> int:
    text = arguments.file.read_text(encoding="utf-8")
    with private_file(arguments.tokens) as file:
        tokens = await import_accounts(app.accounts, text)
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


VERBS: Final[dict[str, Verb]] = {
    "import": _import,
    "add": _add,
    "list": _list,
    "token": _token,
    "password": _password,
    "deactivate": _deactivate,
    "activate": _activate,
    "delete": _delete,
    "export": _export,
    "erase": _erase,
}
