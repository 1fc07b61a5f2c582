"""The helpers of both seeds: metric keys, health, a token for a password (contract 1.2.9)."""

from dataclasses import replace
from importlib.metadata import version
from typing import Any, ClassVar

from domain.errors import Invalid, NotAuthenticated, ProductError, Unavailable
from domain.version import VERSION
from handlers.dialects import SEED
from handlers.seed.base import SeedHandler, both
from models.account_schemas import SIGN_IN

NO_LOGIN = "Unable to log in with provided credentials."
LIBRARIES = {name: version(name) for name in ("tornado", "motor", "marshmallow")}


def _health(database: str) -> dict[str, Any]:
    result = {"database": database, "version": VERSION, "libraries": LIBRARIES}
    return {"up": database == "Accessible", "result": result}


def _unhealthy(error: ProductError) -> Any:
    """Without the database nobody's token can be looked up: that, too, is an answer."""
    return _health("Inaccessible") if isinstance(error, Unavailable) else SEED.render(error)


class MetricsHandler(SeedHandler):
    """The keys of all metrics, and firing those that are fired on a schedule."""

    audits = {"POST": "metrics.fire"}

    async def get(self) -> None:
        self.reply({"metrics_available": await self.app.metrics.names()})

    async def post(self) -> None:
        await self.app.metrics.fire()
        self.reply({"scheduled_metrics_initiated": True})


class HealthHandler(SeedHandler):
    """Is the database there? Asking takes credentials, of whatever right."""

    dialect = replace(SEED, render=_unhealthy)
    needs = None

    async def get(self) -> None:
        _, checks = await self.app.readiness.check()
        if checks["database"] != "ok":
            raise Unavailable
        self.reply(_health("Accessible"))


class TokenAuthHandler(SeedHandler):
    """A new token for who knows the password."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"POST"})
    limited = {"POST": "sign_in"}

    async def post(self) -> None:
        body = self.load(SIGN_IN)
        try:
            token = await self.app.accounts.token_by_password(body["username"], body["password"])
        except NotAuthenticated as error:
            raise Invalid({"non_field_errors": [NO_LOGIN]}) from error
        self.reply({"token": token})


ROUTES = [
    *both(r"/api/metrics/", MetricsHandler),
    (r"/api/metrics/(?!.*//)(?:[^/].*)", MetricsHandler),  # upstream matches the beginning alone
    *both(r"/api/health/", HealthHandler),
    *both(r"/api/token-auth/", TokenAuthHandler),
]
