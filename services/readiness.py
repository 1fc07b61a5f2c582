"""May this process be sent requests?"""

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import Unavailable

PING_LIMIT_S = 2.0


class Readiness:
    """Judges the stores: without the database nothing works, without Redis all, more slowly."""

    def __init__(
        self,
        ping_database: Callable[[], Awaitable[None]],
        is_linked: Callable[[], bool],
        is_draining: Callable[[], bool],
    ):
        self._ping_database, self._is_linked, self._is_draining = (
            ping_database,
            is_linked,
            is_draining,
        )

    def hears(self) -> bool:
        """Are other processes heard over Redis? Without that only looks tell of their changes."""
        return self._is_linked()

    async def check(self) -> tuple[str, dict[str, str]]:
        """("ok" | "degraded" | "unavailable", {check: "ok" | "failed"})."""
        checks = {
            "database": "ok" if await self._database_answers() else "failed",
            "redis": "ok" if self.hears() else "failed",
        }
        if self._is_draining():
            checks["draining"] = "failed"
        if checks["database"] == "failed" or self._is_draining():
            return "unavailable", checks
        return ("ok" if checks["redis"] == "ok" else "degraded"), checks

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(PING_LIMIT_S):
                await self._ping_database()
        except (Unavailable, TimeoutError):
            return False
        return True
