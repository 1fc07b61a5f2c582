"""The secret of tokens, kept with the data, and the verb that verifies one (surface)."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commands.completing import SECRET, completed
from commands.line import parser
from commands.verbs import carry_out
from domain.clock import Clock
from embedded.folder import DataFolder
from services.alert_tokens import Tokens
from tests.conftest import HandClock, settings_for


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    folder, settings = DataFolder(tmp_path / "data"), settings_for("x")
    first = completed(settings, folder, "http://127.0.0.1:1234").alerts
    assert first.website_root == "http://127.0.0.1:1234"
    assert len(first.jwt_secret or "") == 64
    assert completed(settings, folder, "http://[::1]:1234").server.port == 1234
    again = completed(settings, folder).alerts
    assert (again.jwt_secret, again.website_root) == (first.jwt_secret, None)
    kept = tmp_path / "data" / "secrets" / SECRET
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    environ = {"CARILLON_ALERTS_JWT_SECRET": "s", "CARILLON_SERVER_PUBLIC_URL": "https://x.org"}
    given = completed(settings_for("x", **environ), folder, "http://127.0.0.1:1234").alerts
    assert (given.jwt_secret, given.website_root) == ("s", "https://x.org")


@pytest.mark.gen_test
async def test_verifying_a_token(hand_clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = Tokens("a secret", "https://x.org", Clock(hand_clock))
    app: Any = SimpleNamespace(alerts=SimpleNamespace(people=SimpleNamespace(tokens=tokens)))
    token = tokens.for_subscriber(7, "/page")

    async def run(token: str, *words: str) -> int:
        arguments = parser().parse_args(["alerts", "verify-token", token, *words])
        return await carry_out(arguments, app)

    for words in ((), ("--json",)):
        assert await run(token, *words) == 0
        claims = json.loads(capsys.readouterr().out)
        assert claims["data"] == {"subscriber_id": 7, "redirect": "/page"}
        assert claims["iss"] == "https://x.org"
    elsewhere = Tokens("a secret", "https://elsewhere.org", Clock(hand_clock))
    assert await run(elsewhere.for_subscriber(7)) == 0
    assert json.loads(capsys.readouterr().out)["iss"] == "https://elsewhere.org"
    for odd in (f"{token}x", "x", ""):
        assert await run(odd) == 1
        assert "not signed" in capsys.readouterr().err
    hand_clock.move(7 * 86_400)
    assert await run(token) == 1
