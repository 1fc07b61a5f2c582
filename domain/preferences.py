"""What somebody wants to hear of, on which ways, and in which hours nothing is to ring.

Quiet hours belong to the day on whose clocks they begin: from Friday 22:00 to 07:00 are Friday's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.clock import SECOND
from domain.local_times import QuietHours, first_outside, parsed_time_of_day
from domain.zones import stretch_at

INBOX, EMAIL = "inbox", "email"
ALERTS, STAGES, NOTICES = "alerts", "stages", "notices"
CHANNELS: Final[Mapping[str, tuple[str, ...]]] = {
    ALERTS: (INBOX, EMAIL),
    STAGES: (INBOX, EMAIL),
    NOTICES: (INBOX,),
}
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE: Final = "UTC"  # of who has not said where he lives

_MONDAY: Final = date(1970, 1, 5).toordinal() - date(1970, 1, 1).toordinal()
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Preferences:
    """One person's; ``off`` are the (kind, channel) that he turned off."""

    time_zone: str = ZONE
    quiet: QuietHours | None = None
    days: frozenset[int] = frozenset(range(7))
    off: frozenset[tuple[str, str]] = frozenset()

    def wants(self, kind: str, channel: str) -> bool:
        """Does he want this kind on this way? What cannot be turned off he does."""
        return (kind, channel) not in self.off

    def held_until(self, at: int) -> int | None:
        """When his quiet hours end, if ``at`` (µs) is in them; None outside."""
        if self.quiet is None:
            return None
        offset = stretch_at(self.time_zone, at).offset
        day, second = divmod((at + offset) // SECOND, _DAY_S)
        if not self.quiet.covers(second):
            return None
        begun = day if second >= self.quiet.start else day - 1
        if (begun - _MONDAY) % 7 not in self.days:
            return None
        return first_outside(self.quiet, self.time_zone, at)


def preferences_of(row: Mapping[str, Any]) -> Preferences:
    """An account's, as they are kept: ``time_zone``, ``quiet_hours`` and ``channels``."""
    off = frozenset(
        (kind, channel)
        for kind, channels in (row.get("channels") or {}).items()
        for channel, is_on in channels.items()
        if not is_on
    )
    zone = row.get("time_zone") or ZONE
    hours = row.get("quiet_hours")
    if hours is None:
        return Preferences(zone, off=off)
    days = frozenset(DAYS.index(one) for one in hours["days"])
    return Preferences(zone, QuietHours(_second(hours["from"]), _second(hours["until"])), days, off)


def _second(text: str) -> int:
    second = parsed_time_of_day(text)
    assert second is not None, "it was checked"
    return second


def all_channels(kept: Mapping[str, Mapping[str, bool]] | None) -> dict[str, dict[str, bool]]:
    """Every kind with every way, as they are: on, unless turned off."""
    kept = kept or {}
    return {
        kind: {channel: kept.get(kind, {}).get(channel, True) for channel in channels}
        for kind, channels in CHANNELS.items()
    }
