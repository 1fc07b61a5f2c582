"""Passwords: bounded, off the loop, rehashed, and silent about who exists."""

import asyncio
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from domain.errors import Unavailable
from models.users import NewUser
from services.passwords import MOST_WAITING, Passwords, nobodys, readable_password
from tests.account_parts import CHEAP, account_parts


@pytest.mark.gen_test
async def test_a_hash_of_old_parameters_is_replaced(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        user = await parts.accounts.add(NewUser("alice", password=CHEAP.hash("open sesame")))
        passwords = Passwords(parts.store.users, PasswordHasher(2, 16, 1))
        assert await passwords.check("alice", "wrong") is None
        kept = await parts.store.users.get(user) or {}
        assert "m=8,t=1" in kept["password"]
        assert await passwords.check("alice", "open sesame")
        kept = await parts.store.users.get(user) or {}
        assert "m=16,t=2" in kept["password"]
        assert await passwords.check("alice", "open sesame")


@pytest.mark.gen_test
async def test_somebody_unknown_takes_as_long_as_a_wrong_password(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        hashes: list[str] = []

        class Watched(PasswordHasher):
            def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
                hashes.append(str(hash))
                return super().verify(hash, password)

        hasher = Watched(1, 8, 1)
        passwords = Passwords(parts.store.users, hasher)
        await parts.accounts.add(NewUser("alice", password=hasher.hash("open sesame")))
        await parts.accounts.add(NewUser("tokens only"))
        asleep = NewUser("asleep", password=hasher.hash("open sesame"), is_active=False)
        await parts.accounts.add(asleep)
        for username in ("nobody", "tokens only", "asleep"):
            assert await passwords.check(username, "open sesame") is None
        assert len(hashes) == 3
        assert len(set(hashes)) == 1


@pytest.mark.parametrize("hasher", [CHEAP, PasswordHasher(), PasswordHasher(2, 16, 1, 20, 9)])
def test_nobodys_hash_costs_what_a_real_one_does(hasher: PasswordHasher) -> None:
    drawn = nobodys(hasher)
    assert extract_parameters(drawn) == extract_parameters(hasher.hash("open sesame"))
    assert not hasher.check_needs_rehash(drawn)
    with pytest.raises(VerifyMismatchError):  # it was computed, and not refused by its look
        hasher.verify(drawn, "open sesame")
    assert nobodys(hasher) != drawn


@pytest.mark.gen_test
async def test_only_so_many_are_hashed_and_wait(mongodb_uri: str) -> None:
    async with account_parts(mongodb_uri) as parts:
        passwords, running, most = parts.accounts.passwords, 0, 0
        to_thread = asyncio.to_thread

        async def watched(*work: object) -> object:
            nonlocal running, most
            running += 1
            most = max(most, running)
            try:
                return await to_thread(*work)  # type: ignore[arg-type]
            finally:
                running -= 1

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio, "to_thread", watched)
            work = [passwords.hash("x") for _ in range(MOST_WAITING + 3)]
            done = await asyncio.gather(*work, return_exceptions=True)
        refused = [one for one in done if isinstance(one, Unavailable)]
        assert (len(refused), most) == (3, 2)
        assert await passwords.hash("x")


def test_readable_passwords() -> None:
    passwords = {readable_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {16}
    assert not set("lo01") & set("".join(passwords))
