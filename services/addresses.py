"""A verified e-mail address is one account's: it is looked for and given under a lock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.clock import Clock
from domain.errors import Conflict
from models.accounts import AccountStore
from services.hashes import hash_of

TAKEN = "This address is another account's."


@asynccontextmanager
async def giving(
    store: AccountStore, clock: Clock, email: str | None, user: int | None
) -> AsyncIterator[None]:
    """In the block an address can be made an account's verified one; None: of no address.

    Raises `Conflict` when it is another's, `Unavailable` when others take too long with the same.
    """
    if email is None:
        yield
        return
    async with store.locks.held(f"email:{hash_of(email.casefold())}", clock.now()):
        if await store.identities.owners(email) - {user}:
            raise Conflict(TAKEN)
        yield
