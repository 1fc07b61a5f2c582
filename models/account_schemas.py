"""The bodies of requests about accounts and sessions, as marshmallow schemas."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from domain import profiles
from domain.coercion import trimmed_text
from models.fields import TEXT, Ruled
from models.schemas import Body

ONE_OF_BOTH: Final = "Give either username or email."

Rule = Callable[[object], str]


class RuledText(Ruled[str | None]):
    """Text that a rule tidies; blank counts as null where null is taken."""

    described = TEXT

    def __init__(self, rule: Rule, *, required: bool = False, allow_none: bool = False):
        super().__init__(required=required, allow_none=allow_none)
        self._rule = rule

    def coerce(self, value: object) -> str | None:
        """As the rule does it; raises Refused."""
        if self.allow_none and isinstance(value, str) and not value.strip():
            return None
        return self._rule(value)


class _SignIn(Body):
    username = RuledText(trimmed_text, required=True)
    password = RuledText(profiles.password, required=True)


class _Edit(Body):
    email = RuledText(profiles.email, allow_none=True)
    language = RuledText(profiles.language, allow_none=True)
    time_zone = RuledText(profiles.time_zone, allow_none=True)
    password = RuledText(profiles.new_password)
    current_password = RuledText(profiles.password)


class _TokenOf(Body):
    email = RuledText(profiles.email, required=True)


class _NewEmail(Body):
    email = RuledText(profiles.email, required=True)
    current_password = RuledText(profiles.password)


class _Reset(Body):
    username = RuledText(profiles.username)
    email = RuledText(profiles.email)

    @validates_schema
    def _require_one(self, data: Mapping[str, Any], **_: object) -> None:
        if len(data) != 1:
            raise ValidationError([ONE_OF_BOTH], "non_field_errors")


SIGN_IN: Final = _SignIn()
EDIT: Final = _Edit()
TOKEN_OF: Final = _TokenOf()
NEW_EMAIL: Final = _NewEmail()
RESET: Final = _Reset()
