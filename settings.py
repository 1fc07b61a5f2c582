"""Every setting: defaults from config.yaml, overlaid by --config and then by the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.localization import is_culture
from settings_reading import PREFIX as PREFIX
from settings_reading import SettingError as SettingError
from settings_reading import build, overlay, overlay_environment, read

DEFAULTS = Path(__file__).with_name("config.yaml")

# What a value must be beyond its type: a check raises ValueError with the rule.


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
Mount = Annotated[str, _like(r"|(/[\w.~-]+)+", "empty, or a path like /inbox-api")]
Name = Annotated[str, _like(r"[\w-]{1,63}", "at most 63 letters, digits, - and _")]
Networks = Annotated[tuple[str, ...], _networks]
CallSeconds = Annotated[float, _between(0.1, 50)]  # a job ends after a minute
Share = Annotated[float, _between(0, 1)]
Languages = Annotated[tuple[str, ...], _languages]
Delays = Annotated[tuple[float, ...], _delays]
Zone = Annotated[str, _zone]
TimeOfDay = Annotated[str, _like(r"([01]\d|2[0-3]):[0-5]\d", "a time of day like 08:30")]
Secret = Annotated[str, _like(r"(?s).+", "a text that is not empty")]
Sizes = Annotated[tuple[int, ...], _thresholds]
Ages = Annotated[tuple[float, ...], _thresholds]


@dataclass(frozen=True)
class Server:
    address: str
    port: Port
    public_url: Url | None
    workers: Workers
    trusted_proxies: Networks
    max_body_bytes: Bytes


@dataclass(frozen=True)
class Mounts:
    inbox: Mount
    announcements: Mount
    schedules: Mount
    alerts: Mount


@dataclass(frozen=True)
class MongoDB:
    uri: str | None
    database: Name


@dataclass(frozen=True)
class Redis:
    uri: str | None


@dataclass(frozen=True)
class Accounts:
    rights_of_everyone: tuple[str, ...]
    session_days: Days


@dataclass(frozen=True)
class Permissions:
    send: Who
    mark_read: Who
    mark_unread: Who
    delete: Who
    delete_sent: Who
    list: Who
    list_read: Who
    list_unread: Who
    list_sent: Who
    detail: Who
    detail_sent: Who


@dataclass(frozen=True)
class Box:
    """How one kind of inbox item behaves (contract 1.9)."""

    recipients: Policy
    items: Policy
    send_to_self: bool
    participant_key: Literal["id", "username"]
    page_size: Count | None
    delete_hanging: bool
    permissions: Permissions


@dataclass(frozen=True)
class Inbox:
    unauthenticated: Literal[403, 401]
    scheduled_per_user: Count
    messages: Box
    notices: Box


@dataclass(frozen=True)
class Live:
    look_interval_s: Seconds
    overlap_s: Seconds
    tombstone_days: Days
    shards: Count
    ping_interval_s: Seconds
    max_unsent_bytes: Bytes
    connections_per_user: Count
    ring_bytes: Bytes
    max_frame_bytes: Bytes
    frames_per_s: Count
    compression: bool
    readers: Count
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Outbound:
    allow: tuple[str, ...]
    timeout_s: CallSeconds


@dataclass(frozen=True)
class Schedules:
    retry_delays_s: Delays
    retry_jitter: Share
    webhook_token: str | None


@dataclass(frozen=True)
class MetricsService:
    url: BaseUrl | None
    user: str | None
    password: str | None


@dataclass(frozen=True)
class Stages:
    metrics: MetricsService


@dataclass(frozen=True)
class Mail:
    smtp_url: SmtpUrl | None
    from_: Mailbox
    allow: tuple[str, ...]
    retry_delays_s: Delays


@dataclass(frozen=True)
class Announcements:
    confirmation_blocks: Literal["area", "everything"]
    languages: Languages


@dataclass(frozen=True)
class AccountApi:
    """Who knows which e-mail address belongs to an account (alerts contract, 3.10)."""

    url: Url | None
    token: str | None
    timeout_s: CallSeconds


@dataclass(frozen=True)
class AlertsHealth:
    """Of each the number from which on it is a warning, and critical."""

    queue_size: Sizes
    queue_age_s: Ages


@dataclass(frozen=True)
class Alerts:
    auth: bool
    jwt_secret: Secret | None
    website_root: Url | None
    account_api: AccountApi
    zone: Zone
    digest_boundary: TimeOfDay
    digest_start: TimeOfDay
    digests: bool
    emails_per_minute: Count
    ring_inbox: bool
    health: AlertsHealth
    tag_keys: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    retention_days: Days


@dataclass(frozen=True)
class Jobs:
    lease_s: Seconds
    concurrency: Count


@dataclass(frozen=True)
class Metrics:
    allow: Networks


@dataclass(frozen=True)
class Settings:
    """All settings, read once at the start."""

    server: Server
    mounts: Mounts
    mongodb: MongoDB
    redis: Redis
    accounts: Accounts
    inbox: Inbox
    live: Live
    jobs: Jobs
    metrics: Metrics
    outbound: Outbound
    schedules: Schedules
    stages: Stages
    mail: Mail
    announcements: Announcements
    alerts: Alerts
    audit: Audit


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises `SettingError` naming the first key that is wrong."""
    tree = read(DEFAULTS)
    if path is not None:
        overlay(tree, read(path), "")
    overlay_environment(tree, environ)
    settings: Settings = build(Settings, tree, "")
    return settings
