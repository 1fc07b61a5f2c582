"""Quiet hours by days and zones, and what is turned off."""

from typing import Any

import pytest

from domain.instants import parse_iso, to_text
from domain.preferences import DAYS, Preferences, all_channels, preferences_of


def _of(hours: str, days: str = " ".join(DAYS), zone: str | None = None) -> Preferences:
    start, _, end = hours.partition("-")
    quiet = {"from": start, "until": end, "days": days.split()}
    return preferences_of({"time_zone": zone, "quiet_hours": quiet})


@pytest.mark.parametrize(
    ("preferences", "at", "until"),
    [
        # 2026-11-20 is a Friday.
        (_of("22:00-07:00"), "2026-11-20T21:59:59.999999Z", None),
        (_of("22:00-07:00"), "2026-11-20T22:00:00Z", "2026-11-21T07:00:00Z"),
        (_of("22:00-07:00"), "2026-11-21T06:59:59.999999Z", "2026-11-21T07:00:00Z"),
        (_of("22:00-07:00"), "2026-11-21T07:00:00Z", None),
        (_of("12:00-13:00"), "2026-11-20T12:30:00Z", "2026-11-20T13:00:00Z"),
        # They belong to the day on which they begin.
        (_of("22:00-07:00", "fri"), "2026-11-20T03:00:00Z", None),
        (_of("22:00-07:00", "fri"), "2026-11-20T23:00:00Z", "2026-11-21T07:00:00Z"),
        (_of("22:00-07:00", "fri"), "2026-11-21T03:00:00Z", "2026-11-21T07:00:00Z"),
        (_of("22:00-07:00", "fri"), "2026-11-21T23:00:00Z", None),
        (_of("22:00-07:00", "sun"), "2026-11-23T03:00:00Z", "2026-11-23T07:00:00Z"),
        # By his clocks, also in the nights in which they change.
        (_of("22:00-07:00", zone="Asia/Tokyo"), "2026-11-20T13:00:00Z", "2026-11-20T22:00:00Z"),
        (_of("22:00-07:00", zone="Europe/Berlin"), "2026-10-24T22:00Z", "2026-10-25T06:00:00Z"),
        (_of("02:10-02:50", zone="Europe/Berlin"), "2026-03-29T01:00Z", None),
        (Preferences(), "2026-11-20T22:00:00Z", None),
    ],
)
def test_held_until(preferences: Preferences, at: str, until: str | None) -> None:
    instant = parse_iso(at)
    assert instant is not None
    found = preferences.held_until(instant)
    assert (found and to_text(found)) == (until and to_text(parse_iso(until) or 0))


@pytest.mark.parametrize(
    ("channels", "off"),
    [
        (None, set()),
        ({"alerts": {"email": False}}, {("alerts", "email")}),
        ({"alerts": {"email": True, "inbox": False}}, {("alerts", "inbox")}),
    ],
)
def test_what_is_turned_off(channels: Any, off: set[tuple[str, str]]) -> None:
    found, shown = preferences_of({"channels": channels}), all_channels(channels)
    assert found.off == off
    assert {key: tuple(ways) for key, ways in shown.items()} == {
        "alerts": ("inbox", "email"),
        "stages": ("inbox", "email"),
        "notices": ("inbox",),
    }
    for kind, ways in shown.items():
        for channel, is_on in ways.items():
            assert is_on == found.wants(kind, channel) == ((kind, channel) not in off)
