"""The bodies of requests by which administrators keep accounts, groups and tokens."""

from typing import Any, Final

from domain import profiles
from domain.coercion import (
    MOST_ITEMS,
    NOT_A_LIST,
    NOT_A_STRING,
    TOO_MANY_ITEMS,
    Refused,
    trimmed_text,
    whole_number,
)
from domain.profiles import limited
from models.account_schemas import RuledText
from models.fields import TEXT, Ruled
from models.schemas import Body
from models.seed_fields import SeedBoolean

NOT_CHANGED: Final = "This field cannot be changed."
NOT_TEXTS: Final = "Expected texts by language."
RESERVED: Final = "Names that begin with a colon are the system's."
LONGEST_RIGHT: Final = 100
LONGEST_TOKEN_NAME: Final = 100
_GREATEST_ID: Final = 2**53 - 1
NO_SUCH_ID: Final = "There is nobody with this id."


class _Listed(Ruled[list[Any]]):
    """A list, which may be empty, each item tidied by a rule; what comes twice is taken once."""

    def coerce(self, value: object) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise Refused(NOT_A_LIST.format(type(value).__name__))
        if len(value) > MOST_ITEMS:
            raise Refused(TOO_MANY_ITEMS)
        tidied, refused = [], {}
        for at, item in enumerate(value):
            try:
                tidied.append(self.rule(item))
            except Refused as error:
                refused[at] = error.texts
        if refused:
            raise Refused(items=refused)
        return list(dict.fromkeys(tidied))

    def rule(self, value: object) -> Any:
        """What is made of one item."""
        raise NotImplementedError


class _Rights(_Listed):
    described = {"type": "array", "items": {**TEXT, "maxLength": LONGEST_RIGHT}}

    def rule(self, value: object) -> str:
        return limited(trimmed_text(value), LONGEST_RIGHT)


class _Identities(_Listed):
    described = {"type": "array", "items": TEXT}

    def rule(self, value: object) -> str:
        return profiles.identity(value)


class _Ids(_Listed):
    described = {"type": "array", "items": {"type": "integer", "minimum": 1}}

    def rule(self, value: object) -> int:
        return _id(value)


class _Id(Ruled[int]):
    described = {"type": "integer", "minimum": 1}

    def coerce(self, value: object) -> int:
        return _id(value)


class _Names(Ruled[dict[str, str]]):
    """A name in each language, as ``{"en-US": text}``."""

    described = {"type": "object", "additionalProperties": TEXT}

    def coerce(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise Refused(NOT_TEXTS)
        return {profiles.language(key): trimmed_text(text) for key, text in value.items()}


class _Unchanged(Ruled[None]):
    """What is decided once: to give it again is a mistake that is said."""

    described = {"not": {}}

    def coerce(self, value: object) -> None:
        raise Refused(NOT_CHANGED)


def _id(value: object) -> int:
    number = whole_number(value)
    if not 1 <= number <= _GREATEST_ID:
        raise Refused(NO_SUCH_ID)
    return number


def _group_name(value: object) -> str:
    name = profiles.username(value)
    if name.startswith(":"):
        raise Refused(RESERVED)
    return name


def _token_name(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(NOT_A_STRING)
    return limited(trimmed_text(value), LONGEST_TOKEN_NAME)


class _Account(Body):
    email = RuledText(profiles.email, allow_none=True)
    email_verified = SeedBoolean()
    is_active = SeedBoolean()
    is_admin = SeedBoolean()
    language = RuledText(profiles.language, allow_none=True)
    time_zone = RuledText(profiles.time_zone, allow_none=True)
    rights = _Rights()


class _NewAccount(_Account):
    username = RuledText(profiles.username, required=True)
    identities = _Identities()
    groups = _Ids()


class _AccountChange(_Account):
    username = _Unchanged()
    identities = _Unchanged()
    groups = _Unchanged()
    password = _Unchanged()


class _GroupChange(Body):
    name = RuledText(_group_name)
    displayname = _Names()
    rights = _Rights()


class _NewGroup(Body):
    name = RuledText(_group_name, required=True)
    displayname = _Names()
    rights = _Rights()


class _Password(Body):
    password = RuledText(profiles.new_password)


class _NewToken(Body):
    user = _Id(required=True)
    name = RuledText(_token_name, allow_none=True)


NEW_USER: Final = _NewAccount()
USER: Final = _AccountChange()
NEW_GROUP: Final = _NewGroup()
GROUP: Final = _GroupChange()
PASSWORD: Final = _Password()
NEW_TOKEN: Final = _NewToken()
