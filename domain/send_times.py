"""When a send leaves: an instant, a local time somewhere or at each reader's, or as scheduled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.clock import DAY, HOUR
from domain.coercion import REQUIRED
from domain.errors import Invalid
from domain.instants import to_text
from domain.local_rules import Policy
from domain.local_times import at_local
from domain.zones import names
from domain.zones import zone as zone_named

RECIPIENT: Final = "recipient"
"""The time zone of each who receives it."""
ELSE_ZONE: Final = "UTC"
"""The zone of those whose account names none."""

PAST: Final = "This instant is past."
PAST_EVERYWHERE: Final = "This local time is past in every time zone."
TWO_TIMES: Final = "Give one of send_at, send_at_local with time_zone, and schedule."
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_LOCAL: Final = 250_000_000_000_000_000  # in 9892: zones are known to 9997


@dataclass(frozen=True)
class SendTime:
    """``at`` is the (first) instant, in µs since 1970; None when ``schedule`` says.

    ``local`` and ``time_zone`` are what was given when it was a local time. ``reason`` says what
    a clock change did to it (`domain.firings.REASONS`), or None.
    """

    at: int | None
    local: int | None = None
    time_zone: str | None = None
    reason: str | None = None
    schedule: int | None = None

    @property
    def is_each_own(self) -> bool:
        """Does it leave at that time in each reader's own zone?"""
        return self.time_zone == RECIPIENT

    def instants(self) -> dict[int, list[str]]:
        """Every instant at which some of it leaves, ascending, with the zones it is for.

        One instant and no zones, unless it is each reader's own time; none when a schedule says.
        """
        if self.at is None:
            return {}
        if not self.is_each_own:
            return {self.at: []}
        assert self.local is not None
        found: dict[int, list[str]] = {}
        for name in sorted(names()):
            found.setdefault(_instant(self.local, name), []).append(name)
        return dict(sorted(found.items()))


def send_time(given: Mapping[str, object], now: int) -> SendTime | None:
    """The time that a request names, or None when it names none.

    ``given`` holds ``send_at`` and ``send_at_local`` (µs), ``time_zone`` (a name that exists)
    and ``schedule`` (an id), each None when it was not given. A local time that clocks skip is as
    much later as they were set forward; of one that comes twice it is the first. Raises
    `Invalid`, with the field named.
    """
    at, local, zone = (given.get(key) for key in ("send_at", "send_at_local", "time_zone"))
    schedule = given.get("schedule")
    is_local = local is not None or zone is not None
    if (at is not None) + is_local + (schedule is not None) > 1:
        raise Invalid({"non_field_errors": [TWO_TIMES]})
    if isinstance(schedule, int):
        return SendTime(None, schedule=schedule)
    if isinstance(at, int):
        return _checked(SendTime(at), "send_at", now)
    if not is_local:
        return None
    if local is None or zone is None:
        raise Invalid({"send_at_local" if local is None else "time_zone": [REQUIRED]})
    assert isinstance(local, int)
    assert isinstance(zone, str)
    return _local(local, zone, now)


def named_time(given: Mapping[str, object], now: int) -> SendTime:
    """The same for a request of which it is known that it names one."""
    time = send_time(given, now)
    assert time is not None
    return time


def _local(local: int, zone: str, now: int) -> SendTime:
    if local > LATEST_LOCAL:
        raise Invalid({"send_at_local": [f"Must not be later than {to_text(LATEST_LOCAL)[:-1]}."]})
    if zone == RECIPIENT:
        if local + 12 * HOUR <= now:
            raise Invalid({"send_at_local": [PAST_EVERYWHERE]})
        return SendTime(max(now, local - 14 * HOUR), local, zone)
    if local < now - 2 * DAY:
        raise Invalid({"send_at_local": [PAST]})
    firing = at_local(local, Policy(zone))
    assert firing is not None, "only `skip` leaves a local time out"
    return _checked(SendTime(firing.at, local, zone, firing.reason), "send_at_local", now)


def _checked(time: SendTime, field: str, now: int) -> SendTime:
    if time.at is None or time.at <= now:
        raise Invalid({field: [PAST]})
    return time


def _instant(local: int, name: str) -> int:
    """As `at_local` with its usual policy, which with all zones of a year costs seconds.

    The first of two readings (fold 0) is the first pass of a repeated time, and with the offset
    before a gap the same distance behind it.
    """
    clock = _EPOCH.replace(tzinfo=zone_named(name)) + timedelta(microseconds=local)
    return (clock.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def zones_for(zones: list[str]) -> list[str | None]:
    """These zones as accounts name them: None too, where the zone of those without one is here."""
    return [*zones, None] if ELSE_ZONE in zones else list(zones)
