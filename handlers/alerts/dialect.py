"""How alerts spell errors: `{error, details}` with 422, and what frameworks say elsewhere (1.0)."""

from http import HTTPStatus
from typing import Any

from domain.alert_errors import AlertError, ListNotFound
from domain.errors import Forbidden, Invalid, NotAuthenticated, ProductError, Unavailable
from handlers.dialects import BEARER, COOKIE, TOKEN, Dialect


def _render(error: ProductError) -> Any:
    if isinstance(error, AlertError):
        return error.body
    if isinstance(error, Invalid):
        return {"error": "Unprocessable Entity", "details": error.problems}
    if isinstance(error, ListNotFound | Unavailable):
        return {"error": error.detail}
    if isinstance(error, NotAuthenticated | Forbidden) or error.status == HTTPStatus.FORBIDDEN:
        return {"message": error.detail}
    return {"status": int(error.status), "error": HTTPStatus(error.status).phrase}


def status_of(error: ProductError) -> int:
    """What breaks rules of a field is 422 here; everything else has its own status."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, Invalid) else error.status


ALERTS = Dialect("alerts", frozenset({BEARER, TOKEN, COOKIE}), _render, challenge="Bearer")
