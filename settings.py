"""Every setting: defaults from config.yaml, overlaid by --config and then by the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

DEFAULTS = Path(__file__).with_name("config.yaml")
PREFIX = "CARILLON_"

Who = Literal["signed_in", "admin"]
Policy = Literal["lenient", "strict"]


class SettingError(Exception):
    """A setting that is unknown or has a wrong value; says which, in one line."""


@dataclass(frozen=True)
class Server:
    address: str
    port: int
    public_url: str | None
    trusted_proxies: tuple[str, ...]
    max_body_bytes: int


@dataclass(frozen=True)
class Mounts:
    inbox: str


@dataclass(frozen=True)
class MongoDB:
    uri: str | None
    database: str


@dataclass(frozen=True)
class Redis:
    uri: str | None


@dataclass(frozen=True)
class Accounts:
    rights_of_everyone: tuple[str, ...]
    session_days: int


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
    page_size: int | None
    delete_hanging: bool
    permissions: Permissions


@dataclass(frozen=True)
class Inbox:
    unauthenticated: Literal[403, 401]
    messages: Box
    notices: Box


@dataclass(frozen=True)
class Live:
    look_interval_s: float
    overlap_s: float
    tombstone_days: int
    shards: int
    ping_interval_s: float
    max_unsent_bytes: int
    connections_per_user: int
    ring_bytes: int
    max_frame_bytes: int
    frames_per_s: int
    readers: int
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Jobs:
    lease_s: float
    concurrency: int


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
        reason = " ".join(str(error).split())
        raise SettingError(f"{path}: cannot be read: {reason}") from error
    if tree is not None and not isinstance(tree, dict):
        raise SettingError(f"{path}: must be a mapping of settings")
    return tree or {}


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
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind)]
        return kind(**{n: _build(hints[n], value[n], f"{at}.{n}" if at else n) for n in names})
    if isinstance(kind, UnionType):
        is_unset = value is None or (isinstance(value, _Text) and value in ("", "null"))
        return None if is_unset else _build(get_args(kind)[0], value, at)
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), value, at)
    if get_origin(kind) is tuple:
        return _texts(value, at)
    return _scalar(kind, value, at)


def _choice(allowed: tuple[object, ...], value: object, at: str) -> object:
    if isinstance(value, _Text):
        value = next((one for one in allowed if str(one) == value), value)
    if value not in allowed or isinstance(value, bool):
        raise SettingError(f"{at}: must be {' or '.join(map(str, allowed))}, not {value!r}")
    return value


def _texts(value: object, at: str) -> tuple[str, ...]:
    if isinstance(value, _Text):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise SettingError(f"{at}: must be a list of texts, not {value!r}")
    return tuple(value)


def _scalar(kind: type, value: object, at: str) -> object:
    if isinstance(value, _Text):
        value = _parsed(kind, value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        name = {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "a text")
        raise SettingError(f"{at}: must be {name}, not {value!r}")
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        raise SettingError(f"{at}: must not be negative, but is {value!r}")
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
