"""Who fails to sign in again and again has to wait, longer each time; whether there is an account
of the name or not.

Counted are the name from one address, the name from anywhere, and the address with any name. While
one of them waits, no password is looked at: the answer says nothing of it.
"""

from dataclasses import dataclass
from math import ceil
from typing import Protocol

from domain.clock import SECOND, Clock
from domain.errors import TooMany
from domain.origins import ORIGIN
from domain.rates import backoff_s
from models.failed_sign_ins import NONE, FailedSignIns
from services.hashes import hash_of

WAIT = "Too many attempts to sign in. Try again in {} second{}."


class Gate(Protocol):
    """What stands before a password is looked at."""

    async def enter(self, username: str) -> bool:
        """Have attempts on this name from here failed lately? Raises `TooMany` while they wait."""

    async def failed(self, username: str) -> None:
        """An attempt was wrong."""

    async def passed(self, username: str) -> None:
        """An attempt was right."""


class OpenGate:
    """Nobody has to wait."""

    async def enter(self, username: str) -> bool:
        return False

    async def failed(self, username: str) -> None: ...

    async def passed(self, username: str) -> None: ...


@dataclass(frozen=True)
class Patience:
    """How many failures are free for a name from one address, for a name, and for an address."""

    pair: int
    account: int
    address: int
    longest_s: float


class Lockout:
    """The gate over the database, the same for all processes."""

    def __init__(self, failed: FailedSignIns, clock: Clock, patience: Patience):
        self._failed, self._clock, self._patience = failed, clock, patience

    async def begin(self) -> None:
        await self._failed.ensure_indexes()

    async def enter(self, username: str) -> bool:
        keys, now = self._keys(username), self._clock.wall()
        known = await self._failed.of(list(keys), now)
        wait_s = 0.0
        for key, free in keys.items():
            one = known.get(key, NONE)
            until_s = one.last / SECOND + backoff_s(one.count, free, self._patience.longest_s)
            wait_s = max(wait_s, until_s - now / SECOND)
        if wait_s > 0:
            whole = ceil(wait_s)
            text = WAIT.format(whole, "" if whole == 1 else "s")
            raise TooMany(text, headers={"Retry-After": str(whole)})
        return next(iter(keys)) in known

    async def failed(self, username: str) -> None:
        await self._failed.add(list(self._keys(username)), self._clock.wall())

    async def passed(self, username: str) -> None:
        """The name from this address begins anew; the others wait for their hour to pass."""
        await self._failed.forget(list(self._keys(username))[:1])

    def _keys(self, username: str) -> dict[str, int]:
        """How many failures are free, by what is counted: the name from here first."""
        name, address = username.casefold(), ORIGIN.get().address
        keys = {
            hash_of(f"pair\n{name}\n{address}"): self._patience.pair,
            hash_of(f"account\n{name}"): self._patience.account,
        }
        return keys | ({hash_of(f"address\n{address}"): self._patience.address} if address else {})
