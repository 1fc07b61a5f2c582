"""/healthcheck: what waits, whether this lives, whether it is ready (alerts contract, 1.14)."""

from http import HTTPStatus
from typing import ClassVar, Final

from handlers.alerts.base import AlertsHandler
from services.alert_health import CRITICAL, OK, worst

CHECKS: Final = {"database": "database_connectivity", "redis": "redis_connectivity"}


class _Open(AlertsHandler):
    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "OPTIONS"})


class HealthcheckHandler(_Open):
    """How much waits, and for how long: 200 whatever it says."""

    async def get(self) -> None:
        status, checks = await self.app.alerts.health.check()
        self.reply({"checks": checks, "status": status})


class LiveHandler(_Open):
    """200 as soon as requests are served."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("OK")


class ReadyHandler(_Open):
    """200 while everything is well, 500 otherwise."""

    async def get(self) -> None:
        _, found = await self.app.readiness.check()
        checks = {CHECKS.get(name, name): _check(name, state) for name, state in found.items()}
        status = worst(checks)
        answer = HTTPStatus.OK if status == OK else HTTPStatus.INTERNAL_SERVER_ERROR
        self.reply({"status": status, "checks": checks}, answer)


def _check(name: str, state: str) -> dict[str, str]:
    if state == "ok":
        return {"status": OK}
    text = "The server is being stopped" if name == "draining" else f"The {name} does not answer"
    return {"status": CRITICAL, "message": text}


ROUTES = [
    (r"/healthcheck", HealthcheckHandler),
    (r"/healthcheck/live", LiveHandler),
    (r"/healthcheck/ready", ReadyHandler),
]
