"""The command line sends, broadcasts, and shows a feed as it comes."""

import argparse
import asyncio
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from commands.line import parser
from commands.noted import noted
from commands.tail import line
from commands.verbs import carry_out
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House
from tests.sites import until

TYPE = '{"type"'
VERBS = {"run", "check", "users", "groups", "tokens", "send", "broadcast", "tail", "jobs"} | {
    *("schedules", "alerts", "mail", "stages", "export", "import"),
}
LATER = "2028-01-01T09:00:00+01:00"


class Desk:
    """The command line of one house."""

    def __init__(self, house: House, capsys: pytest.CaptureFixture[str]):
        self.house, self.capsys = house, capsys

    async def run(self, *words: str) -> int:
        arguments, app = parser().parse_args(words), self.house.app
        running = carry_out(arguments, app)
        code: int = await noted(arguments, app, running)
        return code

    async def json(self, *words: str) -> Any:
        assert await self.run(*words, "--json") == 0
        return json.loads(self.capsys.readouterr().out)

    async def refusal(self, *words: str) -> str:
        assert await self.run(*words) == 1
        return self.capsys.readouterr().err


@pytest.mark.gen_test
async def test_what_is_sent_is_seen_by_who_tails(
    database_name: str,
    store_uris: StoreUris,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        desk = Desk(house, capsys)
        await house.user("root", is_admin=True)
        alice, bob = await house.user("alice"), await house.user("bob")
        await desk.json("groups", "add", "crew")
        await house.send(alice, "before", bob)
        await _sends(desk, monkeypatch)
        await _sends_once(desk)
        await _sends_later(desk, hand_clock)
        await _tails(desk, hand_clock)
        await _is_refused(desk)
        page = await house.app.safety.audit.page(None, 10)
        actions = [(one.action, one.on) for one in page.entries]
        assert ("broadcast", "root") in actions
        assert ("send", "alice") in actions


async def _sends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await desk.json("send", " Hello ", "--from", "alice", "--to", "bob", "--to", "3")
    assert made["recipient_ids"] == [3]
    assert made["content"] == "Hello"
    monkeypatch.setattr("sys.stdin.read", lambda: "From a pipe\n", raising=False)
    assert await desk.run("send", "-", "--from", "alice", "--to", "bob") == 0
    assert desk.capsys.readouterr().out == f"Sent message {made['id'] + 1} to 1.\n"
    words = ("--group", "crew", "--expires-at", "2030-01-01T00:00:00Z")
    made = await desk.json("broadcast", "For a few", "--from", "root", *words)
    group = (await desk.house.app.accounts.groups.named("crew"))["_id"]
    assert made["audience"] == {"group_ids": [group]}
    assert await desk.run("broadcast", "Lunch", "--from", "root") == 0
    assert desk.capsys.readouterr().out.endswith("to everyone.\n")


async def _sends_once(desk: Desk) -> None:
    for words in (
        ("send", "Once", "--from", "alice", "--to", "bob", "--key", "k"),
        ("broadcast", "All once", "--from", "root", "--key", "k"),
    ):
        made = await desk.json(*words)
        assert await desk.json(*words) == made
        assert "was used with another request" in await desk.refusal(*words, "--send-at", LATER)


async def _sends_later(desk: Desk, clock: HandClock) -> None:
    """Said again after it has left, it is the same send still."""
    words = ("send", "Later", "--from", "alice", "--to", "bob", "--key", "later")
    at = ("--send-at-local", "2027-01-15T09:00:05", "--time-zone", "Europe/Berlin")
    made = await desk.json(*words, *at)
    alice = await desk.house.app.identities.user(2)
    found = await desk.house.app.scheduled.get(alice, made["id"])
    assert found.plan is not None
    assert found.plan["send_at"] == "2027-01-15T08:00:05Z"
    clock.move(10)
    assert await desk.json(*words, *at) == made
    assert "send_at_local: This instant is past." in await desk.refusal(*words[:-2], *at)
    assert "time_zone: This field is required." in await desk.refusal(*words[:-2], *at[:2])
    assert await desk.run("broadcast", "Party", "--from", "root", "--send-at", LATER) == 0
    assert desk.capsys.readouterr().out.startswith("Kept as scheduled send 2; until it leaves")


async def _tails(desk: Desk, clock: HandClock) -> None:
    """What came before is not told; with the cursor that was said at the end it goes on."""
    tailing = asyncio.create_task(desk.run("tail", "bob", "--json"))
    out = ""

    def told() -> list[dict[str, Any]]:
        nonlocal out
        out += desk.capsys.readouterr().out
        return [json.loads(one) for one in out.splitlines() if one.startswith(TYPE)]

    await until(lambda: told())
    clock.move(1)
    await desk.run("send", "Line one\nand\x1b[2J two", "--from", "alice", "--to", "bob")
    await until(lambda: any(one["type"] == "change" for one in told()))
    os.kill(os.getpid(), signal.SIGINT)
    assert await tailing == 0
    frames = [one for one in told() if one["type"] != "ping"]
    assert [one["item"]["content"] for one in frames] == ["Line one\nand\x1b[2J two"]
    assert frames[0]["item"]["sender"] == {"id": 2, "username": "alice"}
    assert line(frames[0]).endswith("  from alice: Line one and\N{REPLACEMENT CHARACTER}[2J two")
    assert line({**frames[0], "deleted": True}).endswith("  deleted")
    cursor = [one for one in told() if one["type"] == "ping"][0]["cursor"]
    assert await desk.run("tail", "bob", "--since", cursor, "--count", "1") == 0
    told_again = desk.capsys.readouterr()
    assert len(told_again.out.splitlines()) == 1
    assert "Go on with --since " in told_again.err
    assert await desk.run("tail", "bob", "--timeout", "0.05") == 3


async def _is_refused(desk: Desk) -> None:
    words = ("--from", "alice", "--to", "bob")
    assert "blank" in await desk.refusal("send", " ", *words)
    assert await desk.refusal("send", "x", "--from", "alice", "--to", "alice") == (
        "recipient_ids: No valid recipients.\n"
    )
    assert "no user 'eve'" in await desk.refusal("send", "x", "--from", "eve", "--to", "bob")
    assert "permission" in await desk.refusal("broadcast", "x", "--from", "alice")
    past = ("--expires-at", "2001-01-01T00:00:00Z")
    assert "expires_at: This instant" in await desk.refusal(
        "broadcast", "x", "--from", "root", *past
    )
    assert "no group 'none'" in await desk.refusal(
        "broadcast", "x", "--from", "root", "--group", "none"
    )
    assert "since: Not a cursor." in await desk.refusal("tail", "bob", "--since", "x")
    assert "no user 'eve'" in await desk.refusal("tail", "eve")


@pytest.mark.parametrize(
    "words",
    [
        ["send", "x", "--from", "a"],
        ["send", "x", "--to", "a"],
        ["broadcast", "x"],
        ["tail"],
        ["tail", "a", "--count", "0"],
        ["tail", "a", "--timeout", "-1"],
        ["broadcast", "x", "--from", "a", "--expires-at", "soon"],
        ["broadcast", "x", "--from", "a", "--send-at", "2027-01-01T09:00"],
        ["broadcast", "x", "--from", "a", "--send-at-local", "2027-01-01T09:00Z"],
        ["broadcast", "x", "--from", "a", "--time-zone", "Mars/Base"],
        ["broadcast", "x", "--from", "a", "--key", ""],
    ],
)
def test_wrong_use_is_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        parser().parse_args(words)
    assert refused.value.code == 2


def test_every_verb_and_action_has_its_help() -> None:
    told = dict(_words(parser()))
    assert {words.partition(" ")[0] for words in told} == VERBS
    for words, one in told.items():
        text = one.format_help()
        assert one.description, words
        assert all(option in text for option in ("--data", "--config", "--json")), words
        assert one.get_default("do") or words.split()[0] in ("run", "check", "export", "import")


def _words(one: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that can be said, ``work`` aside, with what reads the rest of it."""
    below = [each for each in one._actions if isinstance(each, argparse._SubParsersAction)]
    for word, more in below[0].choices.items() if below else ():
        if word != "work":
            yield from _words(more, f"{name} {word}".strip())
    if not below:
        yield name, one
