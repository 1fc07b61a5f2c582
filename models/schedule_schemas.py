"""The bodies of requests about schedules and webhooks, as marshmallow schemas (contract 1.3)."""

from collections.abc import Mapping
from typing import Any, Final, cast

from marshmallow import ValidationError, post_load, validates_schema

from domain import intervals, profiles, urls
from domain.coercion import Refused
from domain.cron import FIELDS, checked, checked_field
from domain.due import parsed_misfire
from domain.errors import Invalid
from domain.schedules import check_endpoint
from domain.simulation import MOST
from domain.timing import ON_GAP, ON_OVERLAP
from models.schemas import Body
from models.seed_fields import (
    SeedBoolean,
    SeedChoice,
    SeedInstant,
    SeedInteger,
    SeedJson,
    SeedText,
)

NOT_PRINTABLE: Final = "Enter printable characters."

_NULLED: Final = ("cron_definition", "interval_definition")


class _CronField(SeedText):
    """One of the five fields; null and absent are the same."""

    def __init__(self) -> None:
        super().__init__(64, allow_none=True)

    def coerce(self, value: object) -> str:
        """Judged in its place, so that the error names it."""
        return checked_field(str(self.name), super().coerce(value))


class _When(Body):
    """All that says when something is due."""

    minute = _CronField()
    hour = _CronField()
    day_of_month = _CronField()
    month_of_year = _CronField()
    day_of_week = _CronField()
    cron_definition = SeedText(500, checked, blank=True, allow_none=True)
    interval_definition = SeedText(100, intervals.parsed, blank=True, allow_none=True)
    frequency = SeedInteger(allow_none=True)
    next_send_at = SeedInstant(allow_none=True)
    enabled = SeedBoolean()
    time_zone = SeedText(None, profiles.time_zone)
    on_gap = SeedChoice(ON_GAP)
    on_overlap = SeedChoice(ON_OVERLAP)
    misfire = SeedText(120, parsed_misfire)

    @post_load
    def _blank_is_null(self, data: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        return {name: None if name in _NULLED and data[name] == "" else data[name] for name in data}


def _printable(text: str) -> None:
    """It goes out in a header."""
    if not text.isprintable():
        raise Refused(NOT_PRINTABLE)


class _Schedule(_When):
    endpoint = SeedText(500, urls.target, allow_none=True)
    payload = SeedJson(allow_none=True)
    auth_token = SeedText(500, _printable, blank=True, allow_none=True)

    @post_load
    def _null_is_json(self, data: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        is_null = "payload" in data and data["payload"] is None
        return {**data, "payload": "null"} if is_null else data


class _NewSchedule(_Schedule):
    # Beside the other fields' errors, as any missing field.
    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _require_endpoint(
        self, data: Mapping[str, Any], original: Mapping[str, Any], **kwargs: object
    ) -> None:
        given = {name: original[name] for name in ("endpoint", *FIELDS) if name in original}
        try:
            check_endpoint(None, given, partial=False)
        except Invalid as error:
            raise ValidationError(cast("dict[str, Any]", error.problems)) from error


class _Simulation(_When):
    count = SeedInteger(least=1)
    after = SeedInstant()

    @validates_schema
    def _bound(self, data: Mapping[str, Any], **kwargs: object) -> None:
        if data.get("count", 1) > MOST:
            text = f"Ensure this value is less than or equal to {MOST}."
            raise ValidationError([text], "count")


class _Webhook(Body):
    event = SeedText(64, required=True)
    target = SeedText(255, urls.target, required=True)


NEW_SCHEDULE: Final = _NewSchedule()
SCHEDULE: Final = _Schedule()
SIMULATION: Final = _Simulation()
WEBHOOK: Final = _Webhook()
