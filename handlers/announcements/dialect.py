"""How the announcements spell errors: one body that clients of both generations read (2.5)."""

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from domain import announcement_errors as errors
from domain.announcement_errors import AnnouncementError
from domain.errors import (
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    ProductError,
    UnsupportedMediaType,
)
from handlers.dialects import COOKIE, SESSION, Dialect

_API: Final = "error.api."
_SERVER: Final = "error.server."


def _render(error: ProductError) -> Any:
    """The seed's three keys, and the realm."""
    known = _known(error)
    return {
        "code": known.code,
        "debugText": known.detail,
        "parameters": known.parameters,
        "realm": known.realm,
    }


def _known(error: ProductError) -> AnnouncementError:
    """Any error by the names of this area."""
    if isinstance(error, AnnouncementError):
        return error
    if isinstance(error, NotAuthenticated):
        return errors.not_authenticated()
    if isinstance(error, MethodNotAllowed):
        return errors.ApiError(f"{_API}invalid_request_method", error.detail)
    if isinstance(error, UnsupportedMediaType):
        return errors.invalid_content(error.detail)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_server(error)
    code = "invalid_api" if isinstance(error, NotFound) else error.code
    return errors.ApiError(f"{_API}{code}", error.detail)


def _of_server(error: ProductError) -> AnnouncementError:
    """Ours: with a number to ask for, and without a word of our insides."""
    is_away = error.status == HTTPStatus.SERVICE_UNAVAILABLE
    code, facts = (error.code, {}) if is_away else ("generic", {"uuid": uuid4()})
    made = AnnouncementError(f"{_SERVER}{code}", error.detail, facts)
    made.realm = "server"
    return made


def status_of(error: ProductError) -> int:
    """Nearly every mistake is a 400; the seed's own statuses go before (2.5)."""
    if isinstance(error, NotAuthenticated):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, MethodNotAllowed | UnsupportedMediaType):
        return HTTPStatus.BAD_REQUEST
    return error.status


ANNOUNCEMENTS = Dialect("announcements", frozenset({SESSION, COOKIE}), _render)
