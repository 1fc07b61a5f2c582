"""Passwords: argon2id off the loop, a bounded number at a time, and no telling who exists."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from domain.errors import Unavailable
from models.database import Document
from models.users import Users, is_storable
from services.lockout import Gate, OpenGate

HASHED_AT_ONCE = 2  # each takes 64 MiB and about 50 ms of a core
MOST_WAITING = 64
LONGEST = 4_096
# Without l, o, 0 and 1, which are mistaken for one another.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"

_T = TypeVar("_T")


def readable_password() -> str:
    """A new random password of 16 characters (80 bits) that can be read aloud."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def nobodys(hasher: PasswordHasher) -> str:
    """A hash of a password that nobody has; checking one takes as long as for a real hash.

    It is drawn, not computed: computing one would hold up the start of every process.
    """
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = map(_drawn, (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


def _drawn(size: int) -> str:
    return b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()


class Passwords:
    """Hashes and checks passwords. Raises `Unavailable` while more than 64 wait to be hashed."""

    def __init__(self, users: Users, hasher: PasswordHasher | None = None):
        self._users = users
        self._hasher = hasher or PasswordHasher()
        self._nobodys = nobodys(self._hasher)
        self._free = asyncio.Semaphore(HASHED_AT_ONCE)
        self._waiting = 0
        self.gate: Gate = OpenGate()

    async def hash(self, password: str) -> str:
        """The argon2id hash to keep."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def is_right(self, password: str, hashed: str | None) -> bool:
        """Is this the password behind the hash? None is nobody's, and takes as long to refuse."""
        if len(password) > LONGEST or not is_storable(password):
            return False
        is_right = await self._in_thread(lambda: self._verify(hashed or self._nobodys, password))
        return is_right and hashed is not None

    async def check(self, username: str, password: str) -> Document | None:
        """The active account with this name and password, or None, whichever was wrong.

        Raises `TooMany`, whether there is such an account or not, after too many failures.
        """
        has_failed = await self.gate.enter(username)
        user = await self._checked(username, password)
        if user is None:
            await self.gate.failed(username)
        elif has_failed:
            await self.gate.passed(username)
        return user

    async def _checked(self, username: str, password: str) -> Document | None:
        user = await self._users.by_username(username)
        hashed = None if user is None or not user["is_active"] else user["password"]
        if not await self.is_right(password, hashed):
            return None
        assert user is not None
        if self._hasher.check_needs_rehash(user["password"]):
            new = await self.hash(password)
            await self._users.rehash(user["_id"], old=user["password"], new=new)
        return user

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
