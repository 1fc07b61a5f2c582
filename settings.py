"""Every setting: defaults from config.yaml, overlaid by --config and then by the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from ipaddress import ip_network
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

DEFAULTS = Path(__file__).with_name("config.yaml")
PREFIX = "CARILLON_"
HIDDEN = ("uri",)  # names of settings that may hold a password: never shown


class SettingError(Exception):
    """A setting that is unknown or has a wrong value; says which, in one line."""


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


Who = Literal["signed_in", "admin"]
Policy = Literal["lenient", "strict"]
Port = Annotated[int, _between(0, 65_535)]
Workers = Annotated[int, _between(1, 256)]
Count = Annotated[int, _between(1, 1_000_000)]
Bytes = Annotated[int, _between(1, 2**40)]
Days = Annotated[int, _between(1, 36_500)]
Seconds = Annotated[float, _between(0.01, 86_400)]
Url = Annotated[str, _like(r"https?://[^/?#@\s]+", "like https://ring.example.org")]
Mount = Annotated[str, _like(r"|(/[\w.~-]+)+", "empty, or a path like /inbox-api")]
Name = Annotated[str, _like(r"[\w-]{1,63}", "at most 63 letters, digits, - and _")]
Networks = Annotated[tuple[str, ...], _networks]


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
    schedules: Mount


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
    readers: Count
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Jobs:
    lease_s: Seconds
    concurrency: Count


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


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises `SettingError` naming the first key that is wrong."""
    tree = _read(DEFAULTS)
    if path is not None:
        _overlay(tree, _read(path), "")
    _overlay_environment(tree, environ)
    settings: Settings = _build(Settings, tree, "")
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"{path}: cannot be read: {_reason(error)}") from error
    if tree is not None and not isinstance(tree, dict):
        raise SettingError(f"{path}: must be a mapping of settings")
    return tree or {}


def _reason(error: Exception) -> str:
    """What is wrong with a file, without a word of what it says: that may be a password."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "not YAML"


def _overlay(tree: dict[str, Any], other: Mapping[str, Any], at: str) -> None:
    for key, value in other.items():
        name = f"{at}{key}"
        if key not in tree:
            raise SettingError(f"{name}: there is no such setting")
        if isinstance(tree[key], dict):
            if not isinstance(value, dict):
                raise SettingError(f"{name}: must be a mapping of settings")
            _overlay(tree[key], value, f"{name}.")
        else:
            tree[key] = value


def _overlay_environment(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    places = {PREFIX + "_".join(path).upper(): path for path in _leaves(tree)}
    for name, text in environ.items():
        if not name.startswith(PREFIX):
            continue
        if name not in places:
            raise SettingError(f"{name}: there is no such setting")
        *parents, last = places[name]
        branch = tree
        for key in parents:
            branch = branch[key]
        branch[last] = _Text(text)


def _leaves(tree: Mapping[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in tree.items():
        found += _leaves(value, (*at, key)) if isinstance(value, dict) else [(*at, key)]
    return found


class _Text(str):
    """A value from the environment: what it means depends on the setting's kind."""


def _build(kind: Any, value: Any, at: str) -> Any:
    """``value`` as ``kind``; raises `SettingError`."""
    origin = get_origin(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        names = [field.name for field in fields(kind)]
        return kind(**{n: _build(hints[n], value[n], f"{at}.{n}" if at else n) for n in names})
    if origin in (Union, UnionType):
        is_unset = value is None or (isinstance(value, _Text) and value in ("", "null"))
        return None if is_unset else _build(get_args(kind)[0], value, at)
    if origin is Annotated:
        return _checked(*get_args(kind), value=value, at=at)
    if origin is Literal:
        return _choice(get_args(kind), value, at)
    return _texts(value, at) if origin is tuple else _scalar(kind, value, at)


def _checked(kind: Any, check: Callable[[Any], None], *, value: object, at: str) -> Any:
    built = _build(kind, value, at)
    try:
        check(built)
    except ValueError as error:
        raise _wrong(at, str(error), value) from None
    return built


def _wrong(at: str, rule: str, value: object) -> SettingError:
    is_hidden = at.rpartition(".")[2] in HIDDEN
    return SettingError(f"{at}: {rule}" if is_hidden else f"{at}: {rule}, not {value!r}")


def _choice(allowed: tuple[object, ...], value: object, at: str) -> object:
    if isinstance(value, _Text):
        value = next((one for one in allowed if str(one) == value), value)
    if value not in allowed or isinstance(value, bool):
        raise _wrong(at, f"must be {' or '.join(map(str, allowed))}", value)
    return value


def _texts(value: object, at: str) -> tuple[str, ...]:
    if isinstance(value, _Text):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(at, "must be a list of texts", value)
    return tuple(value)


def _scalar(kind: type, value: object, at: str) -> object:
    if isinstance(value, _Text):
        value = _parsed(kind, value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        name = {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "a text")
        raise _wrong(at, f"must be {name}", value)
    return value


def _parsed(kind: type, text: _Text) -> object:
    """The text as ``kind`` would be written in YAML, or as it is."""
    if kind is str:
        return str(text)
    try:
        value: object = yaml.safe_load(text)
    except yaml.YAMLError:
        return str(text)
    return value
