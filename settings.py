"""Every setting: defaults from config.yaml, overlaid by --config and then by the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settings_inbox import Inbox
from settings_kinds import (
    Ages,
    BaseUrl,
    Bytes,
    CallSeconds,
    Channels,
    Count,
    Days,
    Delays,
    Languages,
    Mailbox,
    Mount,
    Name,
    Networks,
    Port,
    Seconds,
    Secret,
    Share,
    Sizes,
    SmtpUrl,
    TimeOfDay,
    Traces,
    Url,
    Workers,
    Zone,
)
from settings_reading import PREFIX as PREFIX
from settings_reading import SettingError as SettingError
from settings_reading import build, overlay, overlay_environment, read

DEFAULTS = Path(__file__).with_name("config.yaml")


@dataclass(frozen=True)
class Server:
    address: str
    port: Port
    http: Literal["httptools", "tornado"]
    public_url: Url | None
    workers: Workers
    trusted_proxies: Networks
    max_body_bytes: Bytes
    max_header_bytes: Bytes
    max_connections: Count | None
    idle_timeout_s: Seconds
    body_timeout_s: Seconds
    tls_cert: str | None
    tls_key: str | None


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
class Service:
    url: BaseUrl | None
    token: str | None


@dataclass(frozen=True)
class Stages:
    channels: Channels
    identity_store: Service
    message_sender: Service
    metrics: MetricsService
    retry_delays_s: Delays
    dry_run: tuple[str, ...]


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
class PerMinute:
    """How often within a minute: by one user, by one token or session, from one address."""

    user: Count | None
    token: Count | None
    address: Count | None


@dataclass(frozen=True)
class LockOut:
    """How many failures to sign in are free before somebody has to wait."""

    pair: Count
    account: Count
    address: Count
    longest_s: Seconds


@dataclass(frozen=True)
class Limits:
    enabled: bool
    sign_in: PerMinute
    sends: PerMinute
    handshakes: PerMinute
    letters: PerMinute
    lock_out: LockOut


@dataclass(frozen=True)
class Jobs:
    lease_s: Seconds
    concurrency: Count


@dataclass(frozen=True)
class Logging:
    format: Literal["text", "json"]
    level: Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class Tracing:
    otlp_url: Traces | None


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
    logging: Logging
    tracing: Tracing
    outbound: Outbound
    schedules: Schedules
    stages: Stages
    mail: Mail
    announcements: Announcements
    alerts: Alerts
    audit: Audit
    limits: Limits


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises `SettingError` naming the first key that is wrong."""
    tree = read(DEFAULTS)
    if path is not None:
        overlay(tree, read(path), "")
    overlay_environment(tree, environ)
    settings: Settings = build(Settings, tree, "")
    return settings
