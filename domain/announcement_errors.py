"""What is wrong with a call of the announcements, as its contract names it (2.5).

``realm`` says who can help: ``user``, ``api`` (the caller's program) or ``server``. ``detail``
becomes ``debugText``; ``parameters`` are texts.
"""

from collections.abc import Mapping

from domain.errors import ProductError


class AnnouncementError(ProductError):
    """An error with its realm and parameters; 400 unless said otherwise."""

    realm = "user"

    def __init__(self, code: str, detail: str, parameters: Mapping[str, object] | None = None):
        super().__init__(detail)
        self.code = code
        self.parameters = {key: str(value) for key, value in (parameters or {}).items()}


class ApiError(AnnouncementError):
    """The request itself is not as it must be."""

    realm = "api"


class Absent(AnnouncementError):
    """Something named in the request is not there."""

    status = 404


class Refused(AnnouncementError):
    """Somebody known may not do this, or not yet."""

    status = 403


def type_mismatch(where: str, expected: str) -> ApiError:
    return ApiError("error.api.type_mismatch", f"{where}: expected {expected}")


def not_accepted(where: str) -> ApiError:
    return ApiError("error.api.attribute_not_accepted", f"attribute not accepted: {where}")


def expected(where: str) -> ApiError:
    return ApiError("error.api.attribute_expected", f"attribute expected: {where}")


def bad_value(where: str, why: str) -> ApiError:
    return ApiError("error.api.invalid_value", f"{where}: {why}")


def given_twice(first: str, second: str) -> ApiError:
    return bad_value(first, f"{second} says something else")


def invalid_content(why: str) -> ApiError:
    return ApiError("error.api.invalid_content", why)


def not_null(column: str) -> AnnouncementError:
    text = f"not null violation: {column}"
    return AnnouncementError("error.user.not_null_violation", text, {"column": column})


def invalid_date(attribute: str, value: object, expected_format: str) -> AnnouncementError:
    facts = {"attribute": attribute, "value": value, "expected_format": expected_format}
    text = f"invalid value of {attribute}: {value}"
    return AnnouncementError("error.user.invalid_value", text, facts)


def version_mismatch(provided: int, wanted: int) -> AnnouncementError:
    facts = {"provided": provided, "expected": wanted}
    text = f"version mismatch: provided {provided}, expected {wanted}"
    return AnnouncementError("error.user.version_mismatch", text, facts)


def reference_taken(reference: str) -> AnnouncementError:
    return AnnouncementError(
        "error.user.integrity_constraint_violation",
        f"reference is used already: {reference}",
        {"constraint": "message_reference_unique"},
    )


def message_not_found(value: object) -> Absent:
    """The seed's own example, key for key."""
    facts = {"type": "message", "value": value}
    return Absent("server.not_found", f"message not found: {value}", facts)


def user_not_found(user: object) -> Absent:
    return Absent("error.user.user_not_found", f"user not found: {user}", {"id": user})


def group_not_found(group: object) -> Absent:
    return Absent("error.user.group_not_found", f"group not found: {group}", {"id": group})


def owner_changed() -> Refused:
    text = "a message is created by its owner"
    return Refused("error.user.change_owner_on_creation", text)


def tasks_not_confirmed() -> Refused:
    return Refused("error.user.tasks_not_confirmed", "there are messages to be confirmed first")


def not_authenticated() -> Refused:
    return Refused("error.user.not_authenticated", "not authenticated")


def no_right(right: str) -> Refused:
    return Refused("error.user.no_system_right", f"right missing: {right}", {"right": right})


def session_not_found(token: str = "") -> AnnouncementError:
    """Without the token, which is a secret even when it is over."""
    return AnnouncementError("error.user.session_not_found", "session not found", {"id": token})
