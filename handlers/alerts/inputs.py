"""What the routes about people take of their parameters (alerts contract, 1.8 and 1.11)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from domain.alert_addresses import is_address
from domain.alert_errors import (
    BLANK,
    NOT_AN_EMAIL,
    NOT_INCLUDED,
    NOT_ROOT_RELATIVE,
    AlertError,
    MissingParameter,
)
from domain.alert_subscriptions import IMMEDIATELY
from domain.errors import Invalid, NotFound
from domain.root_relative import is_root_relative
from domain.uuids import as_uuid
from handlers.ids import number
from services.alert_subscribing import is_frequency

Given = Mapping[str, Any]

FALSE: Final = frozenset({"", "0", "false", "off", "no"})


def text(value: object) -> str:
    """A value as text; what is no single value, or only white space, is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    found = str(value) if isinstance(value, str | int | float) else ""
    return found if found.strip() else ""


def present(given: Given, name: str) -> str:
    """A text that must be there and say something; raises `MissingParameter`: 400."""
    found = text(given.get(name))
    if not found:
        raise MissingParameter(name)
    return found


def list_id(given: Given) -> int:
    """The id of a list; raises `MissingParameter`, and `NotFound` for what is no id."""
    return number(present(given, "subscriber_list_id"))


def frequency(given: Given) -> str:
    """How often; at once when it is not given. Raises a 422 without details."""
    found = given.get("frequency", IMMEDIATELY)
    if not isinstance(found, str) or not is_frequency(found):
        raise AlertError(
            HTTPStatus.UNPROCESSABLE_ENTITY, {"error": "Unprocessable Entity", "details": None}
        )
    return found


def is_true(value: object) -> bool:
    """Anything but nothing, and what forms say for no."""
    return bool(value) and not (isinstance(value, str) and value.strip().lower() in FALSE)


def uuid(path: str) -> str:
    """An id in a path; raises `NotFound` for what is none (1.0)."""
    found = as_uuid(path)
    if found is None:
        raise NotFound
    return found


def check_fields(given: Given, *names: str) -> None:
    """Raise `Invalid` with all that is wrong with these fields of a request for a link (1.11)."""
    checks = {
        "address": _address,
        "destination": _destination,
        "redirect": _redirect,
        "topic_id": _topic,
        "frequency": _frequency,
    }
    found = {name: checks[name](given.get(name)) for name in names}
    wrong = {name: [problem] for name, problem in found.items() if problem is not None}
    if wrong:
        raise Invalid(wrong)


def _address(value: object) -> str | None:
    if not text(value):
        return BLANK
    return None if is_address(text(value)) else NOT_AN_EMAIL


def _destination(value: object) -> str | None:
    if not text(value):
        return BLANK
    return None if is_root_relative(value) else NOT_ROOT_RELATIVE


def _redirect(value: object) -> str | None:
    is_given = value is not None and value != ""
    return NOT_ROOT_RELATIVE if is_given and not is_root_relative(value) else None


def _topic(value: object) -> str | None:
    return None if text(value) else BLANK


def _frequency(value: object) -> str | None:
    return None if is_frequency(value) else NOT_INCLUDED
