"""Reading settings: files and the environment over one another, and into the classes they fill."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

PREFIX = "CARILLON_"
FILE = "_FILE"
HIDDEN = (
    "uri",
    "token",
    "secret",
    "password",
    "_url",
    ".url",
)  # ends of names of settings that may hold a password: never shown


class SettingError(Exception):
    """A setting that is unknown or has a wrong value; says which, in one line."""


def read(path: Path) -> dict[str, Any]:
    """The settings of a YAML file, as they stand there."""
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


def overlay(tree: dict[str, Any], other: Mapping[str, Any], at: str) -> None:
    """Put another's values over those of ``tree``, which knows every name."""
    for key, value in other.items():
        name = f"{at}{key}"
        if key not in tree:
            raise SettingError(f"{name}: there is no such setting")
        if isinstance(tree[key], dict):
            if not isinstance(value, dict):
                raise SettingError(f"{name}: must be a mapping of settings")
            overlay(tree[key], value, f"{name}.")
        else:
            tree[key] = value


def overlay_environment(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Put the environment's values over those of ``tree``, which knows every name."""
    places = {PREFIX + "_".join(path).upper(): path for path in _leaves(tree)}
    for name, text in _with_files(environ, places).items():
        if name not in places:
            raise SettingError(f"{name}: there is no such setting")
        *parents, last = places[name]
        branch = tree
        for key in parents:
            branch = branch[key]
        branch[last] = _Text(text)


def _with_files(environ: Mapping[str, str], places: Mapping[str, object]) -> dict[str, str]:
    """Our part of the environment, where ``CARILLON_X_FILE`` names a file that holds ``X``."""
    ours = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    for name in [one for one in ours if one not in places and one.endswith(FILE)]:
        setting = name.removesuffix(FILE)
        if setting not in places:
            continue
        if setting in ours:
            raise SettingError(f"{name}: {setting} is given, too")
        ours[setting] = _content(name, Path(ours.pop(name)))
    return ours


def _content(name: str, path: Path) -> str:
    """A file's text without the line's end that editors leave; it is not shown, whatever fails."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name}: {path} cannot be read: {_reason(error)}") from None


def _leaves(tree: Mapping[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in tree.items():
        found += _leaves(value, (*at, key)) if isinstance(value, dict) else [(*at, key)]
    return found


class _Text(str):
    """A value from the environment: what it means depends on the setting's kind."""


def build(kind: Any, value: Any, at: str) -> Any:
    """``value`` as ``kind``; raises `SettingError`."""
    origin = get_origin(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        keys = {field.name: field.name.rstrip("_") for field in fields(kind)}  # from_: a keyword
        return kind(
            **{n: build(hints[n], value[k], f"{at}.{k}" if at else k) for n, k in keys.items()}
        )
    if origin in (Union, UnionType):
        is_unset = value is None or (isinstance(value, _Text) and value in ("", "null"))
        return None if is_unset else build(get_args(kind)[0], value, at)
    if origin is Annotated:
        return _checked(*get_args(kind), value=value, at=at)
    if origin is Literal:
        return _choice(get_args(kind), value, at)
    return _list(get_args(kind)[0], value, at) if origin is tuple else _scalar(kind, value, at)


def _checked(kind: Any, check: Callable[[Any], None], *, value: object, at: str) -> Any:
    built = build(kind, value, at)
    try:
        check(built)
    except ValueError as error:
        raise _wrong(at, str(error), value) from None
    return built


def _wrong(at: str, rule: str, value: object) -> SettingError:
    is_hidden = at.endswith(HIDDEN)
    return SettingError(f"{at}: {rule}" if is_hidden else f"{at}: {rule}, not {value!r}")


def _choice(allowed: tuple[object, ...], value: object, at: str) -> object:
    if isinstance(value, _Text):
        value = next((one for one in allowed if str(one) == value), value)
    if value not in allowed or isinstance(value, bool):
        raise _wrong(at, f"must be {' or '.join(map(str, allowed))}", value)
    return value


def _list(kind: type, value: object, at: str) -> tuple[object, ...]:
    if isinstance(value, _Text):
        parts = (part.strip() for part in value.split(","))
        value = [part if kind is str else _parsed(kind, _Text(part)) for part in parts if part]
    name = "texts" if kind is str else "numbers"
    if not isinstance(value, list):
        raise _wrong(at, f"must be a list of {name}", value)
    try:
        return tuple(_scalar(kind, one, at) for one in value)
    except SettingError:
        raise _wrong(at, f"must be a list of {name}", value) from None


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
