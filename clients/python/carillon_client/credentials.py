"""The token, and getting a fresh one."""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Token: TypeAlias = str | Callable[[], str | Awaitable[str]]


class Credential:
    """A token, or something that gives one: asked for at first use and after each refusal."""

    def __init__(self, token: Token):
        self._give = None if isinstance(token, str) else token
        self._token = token if isinstance(token, str) else None

    async def header(self) -> str:
        """The value of ``Authorization``."""
        return f"Token {self._token if self._token is not None else await self.renew()}"

    async def renew(self) -> str:
        """A fresh token; the same one when it was given as a text."""
        if self._give is not None:
            given = self._give()
            self._token = await given if inspect.isawaitable(given) else given
        assert self._token is not None
        return self._token

    async def renew_after(self, refused: str) -> bool:
        """After a 401 to this header: True when there is another to try."""
        if self._give is None:
            return False
        if await self.header() == refused:
            await self.renew()
        return await self.header() != refused
