"""The bodies of requests about sets, their messages and subscriptions (stages contract, 1.2)."""

from typing import Final

from domain.coercion import NULL, Refused
from domain.stage_files import NO_FILE, NOT_A_FILE, Upload, check_file
from domain.stage_texts import plain
from models.fields import Ruled
from models.schemas import Body
from models.seed_fields import SeedBoolean, SeedChoice, SeedInteger, SeedJson, SeedText

NOT_AN_ID: Final = "Incorrect type. Expected pk value, received {}."
CONTENT_TYPES: Final = ("text", "audio")
LONGEST_DIGITS: Final = 1_000


class SeedId(Ruled[int | None]):
    """The id of something else; whether it is there is for a use case to say."""

    described = {"type": "integer"}

    def coerce(self, value: object) -> int | None:
        """Blank text is null, as in a form."""
        if value == "":
            if not self.allow_none:
                raise Refused(NULL)
            return None
        return whole_id(value)


def whole_id(value: object) -> int:
    """The id that a value spells; raises `Refused`."""
    fits = isinstance(value, int | str) and not isinstance(value, bool)
    if fits and len(str(value)[: LONGEST_DIGITS + 1]) <= LONGEST_DIGITS:
        text = str(value).strip()
        if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
            return int(text)
    raise Refused(NOT_AN_ID.format(type(value).__name__))


class _MessageSet(Body):
    short_name = SeedText(100, required=True)
    label = SeedText(100, blank=True)
    content_type = SeedChoice(CONTENT_TYPES)
    notes = SeedText(None, blank=True, allow_none=True)
    next_set = SeedId(allow_none=True)
    default_schedule = SeedId(required=True)


class _Message(Body):
    messageset = SeedId(required=True)
    sequence_number = SeedInteger(required=True)
    lang = SeedText(6, required=True)
    metadata = SeedJson()
    text_content = SeedText(None, plain, blank=True, allow_none=True)
    binary_content = SeedId(allow_none=True)


class _Subscription(Body):
    identity = SeedText(36, required=True)
    messageset = SeedId(required=True)
    schedule = SeedId(required=True)
    lang = SeedText(6, required=True)
    version = SeedInteger()
    next_sequence_number = SeedInteger()
    initial_sequence_number = SeedInteger()
    active = SeedBoolean()
    completed = SeedBoolean()
    process_status = SeedInteger()
    metadata = SeedJson(allow_none=True)


class _File(Ruled[Upload]):
    """A file of a form."""

    described = {"type": "string", "format": "binary"}
    default_error_messages = {"required": NO_FILE}

    def coerce(self, value: object) -> Upload:
        if not isinstance(value, Upload):
            raise Refused(NOT_A_FILE)
        check_file(value)
        return value


class _Binary(Body):
    content = _File(required=True)


BINARY: Final = _Binary()
MESSAGE_SET: Final = _MessageSet()
MESSAGE: Final = _Message()
SUBSCRIPTION: Final = _Subscription()
