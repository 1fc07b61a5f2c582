"""docs/protocol.md is true: its settings exist, its frames have these keys, its client works."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain import closing
from push import frames
from tests.sites import Site, until

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "protocol.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = [
    json.loads(line) for kind, text in BLOCKS if kind == "json" for line in text.splitlines()
]
((_, CLIENT),) = [block for block in BLOCKS if block[0] == "python"]


def example(kind: str) -> list[dict[str, Any]]:
    return [one for one in EXAMPLES if one.get("type") == kind]


def test_its_frames_are_those_that_are_sent() -> None:
    (hello,), (unread,) = example("hello"), example("unread")
    counts = hello["unread"]
    sent = frames.hello(cursor="", epoch="", unread=counts, ping_s=1.0)
    assert list(json.loads(sent)) == list(hello)
    assert list(json.loads(frames.unread(counts, 1))) == list(unread)
    for change in example("change"):
        parts = {key: change[key] for key in ("version", "revision", "item")}
        assert json.loads(frames.change(change["kind"], **parts)) == change
    (error,) = example("error")
    said = frames.error(
        error["code"], error["detail"], temporary=False, ref=7, problems=error["problems"]
    )
    assert json.loads(said) == error
    assert [json.loads(frames.PONG), json.loads(frames.RESET)] == example("pong") + example("reset")
    assert list(json.loads(frames.bye(1))) == list(*example("bye"))
    assert list(json.loads(frames.ping(""))) == list(*example("ping"))
    assert json.loads(frames.done(7)) == example("done")[0]


def test_its_close_codes_are_those_that_are_sent() -> None:
    (table,) = re.findall(r"^## Closing$(.*?)^## ", TEXT, re.DOTALL | re.MULTILINE)
    told = {
        int(code)
        for cells in re.findall(r"^\| (\d[\d, ]*) \|", table, re.MULTILINE)
        for code in cells.split(",")
    }
    assert told - {1000} == {value for value in vars(closing).values() if isinstance(value, int)}


def test_its_settings_are_settings() -> None:
    tree = yaml.safe_load((ROOT / "config.yaml").read_text())
    for area, name in re.findall(r"`(live|server)\.(\w+)`", TEXT):
        assert name in tree[area]
    limits = re.findall(r"^\| `live\.(\w+)` \| ([\d,]+)( MiB)? \|", TEXT, re.MULTILINE)
    assert len(limits) == 7
    for name, number, mib in limits:
        assert tree["live"][name] == int(number.replace(",", "")) * (1 << 20 if mib else 1), name


@pytest.mark.gen_test(timeout=20)
async def test_its_client_shows_what_comes_and_stops_when_signed_out(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CLIENT,
        f"ws://127.0.0.1:{site.port}/live",
        bob.token,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert client.stdout is not None
    try:
        async with asyncio.timeout(15):
            await until(lambda: site.app.live.hub.of_user(bob.id))
            for n in range(3):
                await site.send(alice, f"{n}", bob)
                assert json.loads(await client.stdout.readline())["content"] == f"{n}"
            site.app.live.close_all(3010, "resync")
            await site.send(alice, "while away", bob)
            assert json.loads(await client.stdout.readline())["content"] == "while away"
            await site.app.accounts.credentials.revoke_token(bob.token)
            output, errors = await client.communicate()
        assert (output, errors, client.returncode) == (b"", b"signed out\n", 1)
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
