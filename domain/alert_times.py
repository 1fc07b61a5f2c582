"""Times as e-mails of alerts write them: ``11:00am, 28 March 2018`` (contract, 3.5)."""

from datetime import UTC, datetime

from domain.clock import SECOND
from domain.zones import offset_at

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def written(at: int, zone: str) -> str:
    """An instant (µs) by the clocks of a zone."""
    local = datetime.fromtimestamp((at + offset_at(zone, at)) // SECOND, UTC)
    half = "am" if local.hour < 12 else "pm"
    time = f"{local.hour % 12 or 12}:{local.minute:02d}{half}"
    return f"{time}, {local.day} {_MONTHS[local.month - 1]} {local.year}"
