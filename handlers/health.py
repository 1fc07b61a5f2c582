"""Is the server alive, and may it be sent requests (surface, "Health")."""

from http import HTTPStatus
from typing import ClassVar

from handlers.base import ApiHandler


class LiveHandler(ApiHandler):
    """200 as soon as requests are served."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})

    def get(self) -> None:
        self.reply({"status": "ok"})


class ReadyHandler(ApiHandler):
    """200 while requests can be carried out, ``degraded`` without Redis; 503 otherwise."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})

    async def get(self) -> None:
        status, checks = await self.app.readiness.check()
        is_ready = status != "unavailable"
        self.reply(
            {"status": status, "checks": checks},
            HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )


ROUTES = [(r"/health/live", LiveHandler), (r"/health/ready", ReadyHandler)]
