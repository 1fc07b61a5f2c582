"""The inbox's request bodies as marshmallow schemas, and the one way to load them.

A schema is made once and may be shared: loading changes nothing in it.
"""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, validates_schema

from domain.coercion import REQUIRED
from domain.errors import Invalid
from models.fields import (
    AudienceField,
    InstantField,
    ItemsField,
    TrimmedText,
    TrimmedTexts,
    WholeNumbers,
)

NO_DATA: Final = "No data provided"
NOT_AN_OBJECT: Final = "Invalid data. Expected a dictionary, but got {}."
BOTH_GIVEN: Final = "Give either {} or audience."

_NON_FIELD: Final = "non_field_errors"


class Body(Schema):
    """A body whose unknown and read-only keys are ignored (contract 1.6; stages, 1.1)."""

    class Meta:
        unknown = EXCLUDE


class _NoticeBody(Body):
    """A body that either names its recipients or describes them."""

    @property
    def _recipients_key(self) -> str:
        (key,) = list_keys(self)
        return key

    # Beside the other fields' errors, as any missing field.
    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _require_recipients(
        self, data: Mapping[str, Any], original: Mapping[str, Any], **kwargs: object
    ) -> None:
        is_partial = bool(kwargs.get("partial"))
        missing = self._recipients_key not in original and original.get("audience") is None
        if missing and not is_partial:
            raise ValidationError([REQUIRED], self._recipients_key)

    @validates_schema
    def _refuse_both(self, data: Mapping[str, Any], **kwargs: object) -> None:
        if data.get(self._recipients_key) is not None and data.get("audience") is not None:
            raise ValidationError([BOTH_GIVEN.format(self._recipients_key)], _NON_FIELD)


def send_schema(recipients_key: str = "recipient_ids", *, text_recipients: bool = False) -> Schema:
    """The body of a message to send: recipients and `content` (contract 1.6).

    `recipients_key` is the recipients' name in the body and in what is loaded;
    `text_recipients` says that they are named by texts, not by whole numbers (contract 1.9).
    """
    recipients = TrimmedTexts if text_recipients else WholeNumbers
    return Body.from_dict(
        {
            recipients_key: recipients(required=True),
            "content": TrimmedText(required=True),
        },
        name="SendSchema",
    )()


def notice_schema(
    recipients_key: str = "recipient_ids", *, text_recipients: bool = False
) -> Schema:
    """The body of a notice to send: as a message's, or with `audience` in place of recipients.

    Everything is in what is loaded, None for what was not given: the recipients; `audience`
    (`"everyone"` or `{"group_ids": [...]}`); `content`; `expires_at`, in microseconds since 1970.
    """
    recipients = TrimmedTexts if text_recipients else WholeNumbers
    return _NoticeBody.from_dict(
        {
            recipients_key: recipients(load_default=None, allow_none=False),
            "audience": AudienceField(load_default=None),
            "content": TrimmedText(required=True),
            "expires_at": InstantField(load_default=None),
        },
        name="NoticeSchema",
    )()


def items_schema(key: str) -> Schema:
    """The body that chooses items by their whole-number ids under `key` (contract 1.7)."""
    name = f"{key.removesuffix('_ids').title()}ItemsSchema"
    return Body.from_dict({key: WholeNumbers(required=True)}, name=name)()


def list_keys(schema: Schema) -> frozenset[str]:
    """The keys whose value is a list, which a form writes by repeating the key."""
    return frozenset(key for key, field in schema.fields.items() if isinstance(field, ItemsField))


def load(schema: Schema, data: object, *, partial: bool = False) -> dict[str, Any]:
    """The body as the schema reads it; raises Invalid with all that is wrong, shaped as DRF does.

    `partial` says that no field is required.

    `{field: [texts]}`, for a list's items `{field: {"1": [texts]}}` by position, and for what
    concerns no field `{"non_field_errors": [texts]}` (contract 1.4 and 1.6).
    """
    if data is None:
        raise Invalid({_NON_FIELD: [NO_DATA]})
    if not isinstance(data, dict):
        raise Invalid({_NON_FIELD: [NOT_AN_OBJECT.format(type(data).__name__)]})
    try:
        loaded: dict[str, Any] = schema.load(data, partial=partial)
    except ValidationError as error:
        raise Invalid(error.messages_dict) from error
    return loaded
