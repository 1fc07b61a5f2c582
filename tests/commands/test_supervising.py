"""What supervisors are told and tell: the start, and the units in ``deploy/systemd``."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from carillon import END_LIMIT_S
from commands.crew import HURRY_LIMIT_S, LEAVE_LIMIT_S
from commands.line import parser
from commands.supervising import SOCKET, tell_ready
from server import EXIT_LIMIT_S
from settings import load

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = ("carillon.service", "carillon@.service")
Unit = dict[str, list[str]]


@pytest.fixture
def supervisor() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        yield one


@pytest.mark.parametrize("is_abstract", [True, False])
def test_whoever_asked_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, supervisor: socket.socket, is_abstract: bool
) -> None:
    path = str(tmp_path / "notify")
    supervisor.bind(f"\0{path}" if is_abstract else path)
    monkeypatch.setenv(SOCKET, f"@{path}" if is_abstract else path)
    tell_ready()
    assert supervisor.recv(100) == b"READY=1"


@pytest.mark.parametrize("where", ["", "nowhere", "/nowhere/at/all", f"/{'x' * 200}", None])
def test_nobody_to_tell_is_no_failure(monkeypatch: pytest.MonkeyPatch, where: str | None) -> None:
    if where is None:
        monkeypatch.delenv(SOCKET, raising=False)
    else:
        monkeypatch.setenv(SOCKET, where)
    tell_ready()


def unit(name: str) -> Unit:
    """Each setting of a unit with all that is given for it."""
    found: Unit = {}
    for line in (UNITS / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, text = line.partition("=")
            found.setdefault(key, []).append(text)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_what_there_is_and_waits_for_its_end(name: str, tmp_path: Path) -> None:
    one = unit(name)
    [command] = one["ExecStart"]
    words = command.replace("%i", "8001").split()[2:]
    arguments = parser().parse_args(words)
    assert (arguments.verb, str(arguments.config)) == ("run", "/etc/carillon/config.yaml")
    assert arguments.data.parts[:4] == ("/", "var", "lib", "carillon")
    secret = tmp_path / "uri"
    secret.write_text("redis://host")
    environ = dict(text.replace("%i", "8001").split("=", 1) for text in one["Environment"])
    files = {key: str(secret) for key in environ if key.endswith("_FILE")}
    assert load(environ={**environ, **files}).redis.uri == "redis://host"
    longest_s = LEAVE_LIMIT_S + HURRY_LIMIT_S + END_LIMIT_S + EXIT_LIMIT_S
    assert int(one["TimeoutStopSec"][0]) > longest_s


def test_the_two_services_differ_in_the_port_alone() -> None:
    one, many = map(unit, SERVICES)
    differ = {key for key in one.keys() | many.keys() if one.get(key) != many.get(key)}
    assert differ == {"Description", "ExecStart", "StateDirectory", "Environment"} | {
        *("PartOf", "WantedBy"),
    }
