"""Calling the command line for accounts, over services without a server."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from commands.line import parser
from commands.verbs import carry_out
from tests.account_parts import Parts


async def run(parts: Parts, *words: object) -> int:
    """The exit status of these words."""
    arguments = parser().parse_args([str(word) for word in words])
    app: Any = SimpleNamespace(accounts=parts.accounts)
    return await carry_out(arguments, app)


async def told(parts: Parts, capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """What these words print, which have to be done, with ``--json``."""
    assert await run(parts, *words, "--json") == 0
    return json.loads(capsys.readouterr().out)
