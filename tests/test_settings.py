"""Settings: what overlays what, what a text of the environment means, what is refused and how."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import DEFAULTS, PREFIX, SettingError, Settings, load


def _load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "carillon.yaml"
    path.write_text(text)
    return load(path, environ)


def _refusal(path: Path | None = None, **environ: str) -> str:
    with pytest.raises(SettingError) as caught:
        load(path, environ)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_the_defaults_are_those_of_the_file() -> None:
    settings = load(environ={})
    assert dataclasses.asdict(settings.server) == {
        "address": "127.0.0.1",
        "port": 8000,
        "http": "httptools",
        "public_url": None,
        "workers": 1,
        "trusted_proxies": (),
        "max_body_bytes": 8 * 2**20,
        "max_header_bytes": 65_536,
        "max_connections": None,
        "idle_timeout_s": 120.0,
        "body_timeout_s": 300.0,
        "tls_cert": None,
        "tls_key": None,
    }
    assert settings.mongodb.uri is settings.redis.uri is None
    assert settings.inbox.messages.permissions.send == "signed_in"
    assert settings.inbox.notices.permissions.send == "admin"


def _leaves(tree: dict[str, Any], at: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        name = f"{at}{key.rstrip('_')}"  # `from` is a keyword
        found += _leaves(value, f"{name}.") if isinstance(value, dict) else [name]
    return found


def test_every_setting_of_the_file_is_read_and_commented() -> None:
    text = DEFAULTS.read_text()
    leaves = _leaves(yaml.safe_load(text))
    read = _leaves(dataclasses.asdict(load(environ={})))
    assert sorted(leaves) == sorted(read)
    names = [PREFIX + leaf.replace(".", "_").upper() for leaf in leaves]
    assert len(set(names)) == len(names), "two settings with one name in the environment"
    first_box = text.index("  notices:")
    for line in text[:first_box].splitlines():
        is_leaf = ":" in line and not line.startswith("#") and not line.rstrip().endswith(":")
        is_permission = line.startswith("      ")
        assert "#" in line or not is_leaf or is_permission, f"no comment: {line}"


def test_a_file_overlays_the_defaults_and_the_environment_overlays_both(tmp_path: Path) -> None:
    text = "server: {port: 1, address: 0.0.0.0}\ninbox: {messages: {send_to_self: true}}\n"
    settings = _load(tmp_path, text, CARILLON_SERVER_PORT="2", HOME="/", CARILLONS="3")
    assert (settings.server.port, settings.server.address) == (2, "0.0.0.0")
    assert settings.inbox.messages.send_to_self is True
    assert settings.inbox.notices.send_to_self is False
    assert _load(tmp_path, "").server.port == 8000


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("SERVER_PORT", "0", 0),
        ("SERVER_ADDRESS", "::1", "::1"),
        ("SERVER_ADDRESS", "", ""),
        ("SERVER_PUBLIC_URL", "https://ring.example.org", "https://ring.example.org"),
        ("SERVER_PUBLIC_URL", "null", None),
        ("SERVER_PUBLIC_URL", "", None),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16,::1", ("10.0.0.1", "10.1.0.0/16", "::1")),
        ("SERVER_TRUSTED_PROXIES", "", ()),
        ("ACCOUNTS_RIGHTS_OF_EVERYONE", "services", ("services",)),
        ("MONGODB_URI", "mongodb://a,b/?x=1", "mongodb://a,b/?x=1"),
        ("MONGODB_URI", "null", None),
        ("MOUNTS_INBOX", "/inbox-api", "/inbox-api"),
        ("MOUNTS_INBOX", "", ""),
        ("INBOX_MESSAGES_PAGE_SIZE", "50", 50),
        ("INBOX_MESSAGES_PAGE_SIZE", "null", None),
        ("INBOX_MESSAGES_SEND_TO_SELF", "true", True),
        ("INBOX_UNAUTHENTICATED", "401", 401),
        ("INBOX_MESSAGES_RECIPIENTS", "strict", "strict"),
        ("INBOX_MESSAGES_PERMISSIONS_SEND", "admin", "admin"),
        ("LIVE_LOOK_INTERVAL_S", "1", 1.0),
        ("LIVE_LOOK_INTERVAL_S", "0.5", 0.5),
        (
            "LIVE_ORIGINS",
            "https://a.example,https://b.example",
            ("https://a.example", "https://b.example"),
        ),
        ("SCHEDULES_RETRY_DELAYS_S", "5, 3.5,0", (5.0, 3.5, 0.0)),
        ("SCHEDULES_RETRY_DELAYS_S", "", ()),
        ("SCHEDULES_WEBHOOK_TOKEN", "12345", "12345"),
        ("OUTBOUND_ALLOW", "10.0.0.0/8, hooks:81", ("10.0.0.0/8", "hooks:81")),
    ],
)
def test_a_text_of_the_environment_means_what_the_setting_is(
    name: str, text: str, meant: object
) -> None:
    found: Any = load(environ={PREFIX + name: text})
    for leaf in _leaves(dataclasses.asdict(found)):
        if leaf.replace(".", "_").upper() == name:
            for part in leaf.split("."):
                found = getattr(found, part)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("SERVER_PORT", "abc", "server.port: must be a whole number, not 'abc'"),
        ("SERVER_PORT", "", "server.port: must be a whole number, not None"),
        ("SERVER_PORT", "80.5", "server.port: must be a whole number, not 80.5"),
        ("SERVER_PORT", "true", "server.port: must be a whole number, not True"),
        ("SERVER_PORT", "65536", "server.port: must be between 0 and 65535, not '65536'"),
        ("SERVER_PORT", "-1", "server.port: must be between 0 and 65535, not '-1'"),
        ("SERVER_PORT", "[", "server.port: must be a whole number, not '['"),
        ("SERVER_PUBLIC_URL", "ring.example.org", "must be like https://ring.example.org"),
        ("SERVER_PUBLIC_URL", "https://ring.example.org/", "must be like https://ring.example.org"),
        ("SERVER_TRUSTED_PROXIES", "10.0.0.1,proxy", "must be addresses or networks"),
        ("MOUNTS_INBOX", "inbox", "mounts.inbox: must be empty, or a path like /inbox-api"),
        ("MOUNTS_INBOX", "/inbox/", "mounts.inbox: must be empty, or a path like /inbox-api"),
        ("MOUNTS_INBOX", "/(.*)", "mounts.inbox: must be empty, or a path like /inbox-api"),
        ("MONGODB_DATABASE", "a.b", "mongodb.database: must be at most 63 letters"),
        ("ACCOUNTS_SESSION_DAYS", "0", "accounts.session_days: must be between 1 and 36500"),
        ("INBOX_UNAUTHENTICATED", "402", "inbox.unauthenticated: must be 403 or 401, not '402'"),
        ("INBOX_MESSAGES_ITEMS", "loose", "must be lenient or strict, not 'loose'"),
        ("INBOX_MESSAGES_SEND_TO_SELF", "1", "must be true or false, not 1"),
        ("INBOX_MESSAGES_PAGE_SIZE", "0", "inbox.messages.page_size: must be between 1 and"),
        ("LIVE_LOOK_INTERVAL_S", "0", "live.look_interval_s: must be between 0.01 and 86400"),
        ("LIVE_LOOK_INTERVAL_S", ".nan", "live.look_interval_s: must be between 0.01 and 86400"),
        ("LIVE_OVERLAP_S", ".inf", "live.overlap_s: must be between 0.01 and 86400"),
        ("LIVE_READERS", "0", "live.readers: must be between 1 and 1000000"),
        ("JOBS_CONCURRENCY", "0", "jobs.concurrency: must be between 1 and 1000000"),
        ("OUTBOUND_TIMEOUT_S", "60", "outbound.timeout_s: must be between 0.1 and 50"),
        ("SCHEDULES_RETRY_DELAYS_S", "5,x", "schedules.retry_delays_s: must be a list of numbers"),
        ("SCHEDULES_RETRY_DELAYS_S", "5,-1", "must be seconds between 0 and 86400"),
        ("SCHEDULES_RETRY_DELAYS_S", ".nan", "must be seconds between 0 and 86400"),
        ("SCHEDULES_RETRY_JITTER", "2", "schedules.retry_jitter: must be between 0 and 1"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, text: str, line: str) -> None:
    assert line in _refusal(None, **{PREFIX + name: text})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nonsense: 1", "nonsense: there is no such setting"),
        ("server: {ports: 1}", "server.ports: there is no such setting"),
        (
            "inbox: {messages: {permissions: {sends: admin}}}",
            "inbox.messages.permissions.sends: th",
        ),
        ("server: 1", "server: must be a mapping of settings"),
        ("server:", "server: must be a mapping of settings"),
        ("server: {port: '1'}", "server.port: must be a whole number, not '1'"),
        ("server: {address: null}", "server.address: must be a text, not None"),
        ("server: {trusted_proxies: 10.0.0.1}", "must be a list of texts, not '10.0.0.1'"),
        ("live: {origins: [1]}", "live.origins: must be a list of texts, not [1]"),
        ("inbox: {unauthenticated: true}", "must be 403 or 401, not True"),
        ("mongodb: {uri: {a: b}}", "mongodb.uri: must be a text"),
        ("- server", "must be a mapping of settings"),
        ("server: {port: 1", "cannot be read: expected ',' or '}', but got '<stream end>', line 1"),
        ("\x00", "cannot be read: not YAML"),
    ],
)
def test_a_file_with_something_unknown_or_wrong_is_refused(
    tmp_path: Path, text: str, line: str
) -> None:
    path = tmp_path / "carillon.yaml"
    path.write_text(text)
    assert line in _refusal(path)


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    missing, binary = tmp_path / "none.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert _refusal(missing) == f"{missing}: cannot be read: No such file or directory"
    assert _refusal(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"
    assert _refusal(binary) == f"{binary}: cannot be read: not UTF-8 text"


def test_an_unknown_name_in_the_environment_is_refused() -> None:
    assert _refusal(CARILLON_SERVER_PORTS="1") == "CARILLON_SERVER_PORTS: there is no such setting"
    assert _refusal(CARILLON_SERVER="1") == "CARILLON_SERVER: there is no such setting"


def test_no_refusal_shows_what_may_be_a_password(tmp_path: Path) -> None:
    path = tmp_path / "carillon.yaml"
    for text in (
        "mongodb: {uri: [hush]}",
        "mongodb:\n  uri: 'hush\nredis: hush: {",
        "redis: {uri: {hush: 1}}",
        "schedules: {webhook_token: {hush: 1}}",
        "stages: {metrics: {password: {hush: 1}}}",
        "stages: {metrics: {url: 'https://ann:hush@metrics.example.org'}}",
        "tracing: {otlp_url: 'http://ann:hush@collector:4318'}",
    ):
        path.write_text(text)
        assert "hush" not in _refusal(path)


def test_a_setting_may_stand_in_a_file_that_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mongodb://ann:hush@db.example.org\n")
    named: dict[str, Any] = {"CARILLON_MONGODB_URI_FILE": str(secret)}
    assert load(environ=named).mongodb.uri == "mongodb://ann:hush@db.example.org"
    twice = _refusal(CARILLON_MONGODB_URI="x", **named)
    assert twice == "CARILLON_MONGODB_URI_FILE: CARILLON_MONGODB_URI is given, too"
    missing = _refusal(CARILLON_REDIS_URI_FILE="/nowhere")
    assert missing == "CARILLON_REDIS_URI_FILE: /nowhere cannot be read: No such file or directory"
    unknown = _refusal(CARILLON_NOTHING_FILE=str(secret))
    assert unknown == "CARILLON_NOTHING_FILE: there is no such setting"
    port = tmp_path / "port"
    port.write_text("hush")
    assert "hush" not in _refusal(CARILLON_SCHEDULES_WEBHOOK_TOKEN_FILE=str(tmp_path))
