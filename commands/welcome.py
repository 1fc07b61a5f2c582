"""The first accounts of an empty server, for somebody who wants to look at it at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commands.private_files import private_file, rewrite
from models.users import NewUser
from services.accounts import Accounts
from services.app import App
from services.passwords import readable_password

ADMINISTRATOR = "admin"
USERS = ("alice", "bob")
FILE = "welcome.txt"


@dataclass(frozen=True)
class Welcome:
    """The accounts that were made, and the file that only its owner can read."""

    passwords: Mapping[str, str]
    path: Path

    @property
    def text(self) -> str:
        """What to print once: a line for each account."""
        return "\n".join(
            f"  {'administrator' if name == ADMINISTRATOR else 'user':<13}  {name:<5}  {password}"
            for name, password in self.passwords.items()
        )


class Greeting:
    """What a first start says of the accounts that it made; nothing without a folder."""

    def __init__(self, folder_path: Path | None):
        self._folder_path = folder_path
        self.lines: list[str] = []

    async def prepare(self, app: App) -> None:
        """Make the first accounts, if they are wanted and nobody is there."""
        made = self._folder_path and await welcome(app.accounts, self._folder_path)
        if made:
            kept = f"Made for a first look, also kept in {made.path}:"
            self.lines = [kept, made.text]


async def welcome(accounts: Accounts, folder_path: Path) -> Welcome | None:
    """Make an administrator and two users with passwords of chance, or None when anybody exists.

    The passwords are in a file of ``folder_path`` before the accounts are made.
    """
    if not await accounts.store.users.is_empty():
        return None
    passwords = {name: readable_password() for name in (ADMINISTRATOR, *USERS)}
    made = Welcome(passwords, folder_path / FILE)
    with private_file(made.path) as file:
        rewrite(file, f"Made at the first start. Keep it, or delete it.\n\n{made.text}\n")
    for name, password in passwords.items():
        hashed = await accounts.passwords.hash(password)
        await accounts.add(NewUser(name, is_admin=name == ADMINISTRATOR, password=hashed))
    return made
