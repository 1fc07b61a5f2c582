"""A schedule: when something is due, what to post where, and what an edit makes of it.

Seeds 000 and 002 have the same idea in two spellings; both are this one (surface, "Schedules").
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.calls import Call
from domain.coercion import NULL, REQUIRED, Refused
from domain.cron import DISAGREE, FIELDS, agree, checked, composed
from domain.due import judge, next_after, parsed_misfire
from domain.errors import Invalid
from domain.intervals import parsed
from domain.timing import Timing

PLAIN: Final = (
    *("interval_definition", "frequency", "endpoint", "payload", "auth_token", "enabled"),
    *("time_zone", "on_gap", "on_overlap", "misfire"),
)
_TIMING: Final = (
    *("cron_definition", "interval_definition", "start_at", "anchor", "enabled", "frequency"),
    *("time_zone", "on_gap", "on_overlap"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A firing that was taken: all that carrying it out needs, as it was then.

    ``id`` is a UUID, ``due_at`` when it was due and ``at`` when it was taken, in µs.
    """

    id: str
    schedule: int
    due_at: int
    at: int
    endpoint: str | None
    payload: str
    auth_token: str | None

    def to_body(self) -> dict[str, Any]:
        """As a job's body holds it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Fired":
        return cls(**{name: body[name] for name in cls.__slots__})

    def call(self) -> Call | None:
        """What to post, if anything."""
        if self.endpoint is None:
            return None
        token = self.auth_token
        return Call(self.id, self.endpoint, self.payload, token, self.at, schedule=self.schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """``payload`` is JSON text; instants are in µs; people are user ids.

    ``next_send_at`` is shown and true; ``start_at`` is what a client last wrote there. Its pending
    firing has the id ``arm``; None: nothing is due. ``fired`` counts towards ``frequency``.
    ``open`` are firings that were taken and are not carried out yet. ``is_new`` says that whoever
    waits for new schedules was not told yet. ``version`` rises with every write.
    """

    id: int
    cron_definition: str | None = None
    interval_definition: str | None = None
    frequency: int | None = None
    endpoint: str | None = None
    payload: str = "{}"
    auth_token: str | None = None
    next_send_at: int | None = None
    enabled: bool = True
    time_zone: str = "UTC"
    on_gap: str = "shift"
    on_overlap: str = "first"
    misfire: str = "run_once"
    created_at: int = 0
    created_by: int | None = None
    updated_at: int = 0
    updated_by: int | None = None
    start_at: int | None = None
    anchor: int = 0
    fired: int = 0
    arm: str | None = None
    open: tuple[Fired, ...] = ()
    is_new: bool = False
    version: int = 1

    @property
    def timing(self) -> Timing:
        """When it is due, whether it is enabled or not."""
        interval = self.interval_definition
        return Timing(
            cron=self.cron_definition,
            every_us=None if interval is None else parsed(interval),
            at=self.start_at,
            time_zone=self.time_zone,
            on_gap=self.on_gap,
            on_overlap=self.on_overlap,
            anchor=self.anchor,
        )

    def firing(self, number: str, due_at: int, at: int) -> Fired:
        """A firing of what it says now."""
        return Fired(
            id=number,
            schedule=self.id,
            due_at=due_at,
            at=at,
            endpoint=self.endpoint,
            payload=self.payload,
            auth_token=self.auth_token,
        )


def edited(old: Schedule, given: Mapping[str, Any], now: int) -> Schedule:
    """The schedule with what is given, due as that says; raises `Invalid`.

    ``given`` are loaded values. ``arm`` is left to the caller.
    """
    new = replace(old, **{name: given[name] for name in PLAIN if name in given})
    new = replace(new, cron_definition=_cron(old, given), start_at=_start(old, given))
    if new.interval_definition != old.interval_definition:
        new = replace(new, anchor=now)
    if all(getattr(new, name) == getattr(old, name) for name in _TIMING):
        return new
    return replace(new, next_send_at=_due(new, now, is_new_start=new.start_at != old.start_at))


def taken(schedule: Schedule, now: int, following: str) -> Schedule:
    """The schedule once its pending firing was taken at ``now``; ``following`` is the next's id.

    The firing stands in ``open``, unless it was missed and is not made up for.
    """
    assert schedule.next_send_at is not None
    assert schedule.arm is not None
    verdict = judge(parsed_misfire(schedule.misfire), schedule.timing, schedule.next_send_at, now)
    more = () if verdict.due_at is None else (schedule.firing(schedule.arm, verdict.due_at, now),)
    fired = schedule.fired + len(more)
    is_last = schedule.frequency is not None and fired >= schedule.frequency
    next_at = None if is_last else verdict.next_at
    return replace(
        schedule,
        fired=fired,
        enabled=schedule.enabled and not is_last,
        next_send_at=next_at,
        arm=None if next_at is None else following,
        open=(*schedule.open, *more),
    )


def check_endpoint(old: Schedule | None, given: Mapping[str, Any], *, partial: bool) -> None:
    """Raise `Invalid` where an endpoint is missing.

    One of the five fields may stand in its place: such a schedule calls nobody.
    """
    is_needed = old.endpoint is not None if old is not None else True
    has_field = any(given.get(name) is not None for name in FIELDS)
    if "endpoint" not in given:
        if is_needed and not partial and not has_field:
            raise Invalid({"endpoint": [REQUIRED]})
    elif given["endpoint"] is None and is_needed and (old is not None or not has_field):
        raise Invalid({"endpoint": [NULL]})


def _cron(old: Schedule, given: Mapping[str, Any]) -> str | None:
    """The definition after an edit in either spelling, or both when they agree."""
    fields = {name: given[name] for name in FIELDS if given.get(name) is not None}
    definition: str | None = given.get("cron_definition")
    if definition is not None:
        if not agree(definition, fields):
            raise Invalid({"non_field_errors": [DISAGREE]})
        return definition
    if not fields:
        return None if "cron_definition" in given else old.cron_definition
    if old.cron_definition is not None and agree(old.cron_definition, fields):
        return old.cron_definition
    try:
        return checked(composed(fields, old.cron_definition))
    except Refused as error:
        raise Invalid({_blamed(fields): error.texts}) from error


def _blamed(fields: Mapping[str, str]) -> str:
    """Which of several fields to name when only all together are wrong: such as 30 February."""
    return "day_of_month" if "day_of_month" in fields else next(iter(fields))


def _start(old: Schedule, given: Mapping[str, Any]) -> int | None:
    """What a client wrote as the first firing; an echo of what was shown changes nothing."""
    start: int | None = given.get("next_send_at")
    if "next_send_at" not in given or start in (old.next_send_at, old.start_at):
        return old.start_at
    return start


def _due(schedule: Schedule, now: int, *, is_new_start: bool) -> int | None:
    """When it is due next; a single instant that is past is due at once, if it was just given."""
    limit = schedule.frequency
    if not schedule.enabled or (limit is not None and schedule.fired >= limit):
        return None
    timing = schedule.timing
    is_once = timing.cron is None and timing.every_us is None
    return schedule.start_at if is_once and is_new_start else next_after(timing, now)
