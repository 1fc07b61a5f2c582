"""Errors of alerts whose whole body the contract dictates (alerts contract, 1.0)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from domain.errors import Invalid, NotFound, ProductError

BLANK: Final = "can't be blank"
NOT_INCLUDED: Final = "is not included in the list"
NOT_AN_EMAIL: Final = "is not an email address"
NOT_ROOT_RELATIVE: Final = "must be a root-relative URL"
NOT_A_UUID: Final = "is not a valid UUID"
NOT_CRITERIA: Final = "does not conform to the criteria schema"
TAKEN: Final = "has already been taken"

Body = Mapping[str, object]


class AlertError(ProductError):
    """An error that is exactly this status and this body; None: an empty one."""

    def __init__(self, status: int, body: Body | None = None):
        super().__init__()
        self.status = status
        self.body = body


class ListNotFound(NotFound):
    """No such subscriber list: the one look-up with words of its own."""

    detail = "Could not find the subscriber list"


class MissingParameter(ProductError):
    """A parameter without which the call makes no sense is not there: 400."""

    code = "missing_parameter"

    def __init__(self, name: str):
        super().__init__(f"param is missing or the value is empty: {name}")


class MissingPermission(ProductError):
    """The caller is known and lacks the permission of the route."""

    status = HTTPStatus.FORBIDDEN
    code = "permission_denied"

    def __init__(self, permission: str):
        super().__init__(f"This call needs the {permission} permission.")


def refused(field: str, *texts: str) -> Invalid:
    """A 422 about one field."""
    return Invalid({field: list(texts)})


def unprocessable(error: str) -> AlertError:
    """A 422 with a sentence alone."""
    return AlertError(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": error})


def received_already(what: str, *, key: str) -> AlertError:
    """A 409; which key its text stands under differs by endpoint."""
    return AlertError(HTTPStatus.CONFLICT, {key: f"{what} already received"})
