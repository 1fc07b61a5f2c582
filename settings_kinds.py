"""What a setting's value must be beyond its type: kinds with checks that name the rule."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.localization import is_culture

CHANNELS = ("inbox", "outbound", "email")  # on which stage messages go

# A check raises ValueError with the rule.


def _between(least: float, most: float) -> Callable[[float], None]:
    def check(value: float) -> None:
        if not least <= value <= most:
            raise ValueError(f"must be between {least} and {most}")

    return check


def _like(pattern: str, rule: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {rule}")

    return check


def _networks(values: tuple[str, ...]) -> None:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.0.0.0/8") from None


def _delays(values: tuple[float, ...]) -> None:
    if not all(0 <= value <= 86_400 for value in values):
        raise ValueError("must be seconds between 0 and 86400")


def _languages(values: tuple[str, ...]) -> None:
    if not values or not all(is_culture(value) for value in values):
        raise ValueError("must be languages such as en-US, the first one the usual")


def _zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/London") from None


def _thresholds(values: tuple[float, ...]) -> None:
    if len(values) != 2 or not 0 < values[0] <= values[1]:
        raise ValueError("must be two numbers, that of a warning and a higher one")


def _channels(values: tuple[str, ...]) -> None:
    if not values or not set(values) <= set(CHANNELS) or len(set(values)) < len(values):
        raise ValueError(f"must be some of {', '.join(CHANNELS)}")


Who = Literal["signed_in", "admin"]
Policy = Literal["lenient", "strict"]
Port = Annotated[int, _between(0, 65_535)]
Workers = Annotated[int, _between(1, 256)]
Count = Annotated[int, _between(1, 1_000_000)]
Bytes = Annotated[int, _between(1, 2**40)]
Days = Annotated[int, _between(1, 36_500)]
Seconds = Annotated[float, _between(0.01, 86_400)]
Url = Annotated[str, _like(r"https?://[^/?#@\s]+", "like https://ring.example.org")]
BaseUrl = Annotated[str, _like(r"https?://[^?#@\s]+", "like https://metrics.example.org")]
SmtpUrl = Annotated[
    str, _like(r"smtps?://[^/?#\s]+/?(\?starttls=[01])?", "like smtp://mail.example.org:25")
]
Mailbox = Annotated[
    str, _like(r"[^\r\n]*[^@\s<>]+@[^@\s<>]+>?", "an address, with a name or without")
]
Traces = Annotated[str, _like(r"https?://[^/?#@\s]+(/\S*)?", "like http://host:4318/v1/traces")]
Mount = Annotated[str, _like(r"|(/[\w.~-]+)+", "empty, or a path like /inbox-api")]
Name = Annotated[str, _like(r"[\w-]{1,63}", "at most 63 letters, digits, - and _")]
Networks = Annotated[tuple[str, ...], _networks]
CallSeconds = Annotated[float, _between(0.1, 50)]  # a job ends after a minute
Share = Annotated[float, _between(0, 1)]
Languages = Annotated[tuple[str, ...], _languages]
Channels = Annotated[tuple[str, ...], _channels]
Delays = Annotated[tuple[float, ...], _delays]
Zone = Annotated[str, _zone]
TimeOfDay = Annotated[str, _like(r"([01]\d|2[0-3]):[0-5]\d", "a time of day like 08:30")]
Secret = Annotated[str, _like(r"(?s).+", "a text that is not empty")]
Sizes = Annotated[tuple[int, ...], _thresholds]
Ages = Annotated[tuple[float, ...], _thresholds]
