"""A house with message sets and people in them, for the verbs of stages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from commands.line import parser
from commands.verbs import carry_out
from domain.accounts import User
from domain.instants import parse_iso, to_text
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House


def us(text: str) -> int:
    at = parse_iso(text)
    assert at is not None
    return at


@dataclass
class Ward:
    """A house with somebody who makes sets and subscriptions."""

    house: House
    user: User
    clock: HandClock

    async def schedule(self, cron: str) -> int:
        given = {"cron_definition": cron, "endpoint": None}
        return (await self.house.app.schedules.create(self.user, given)).id

    async def set(self, name: str, schedule: int, count: int, following: int | None = None) -> int:
        stages = self.house.app.stages
        given = {"short_name": name, "default_schedule": schedule, "next_set": following}
        number: int = (await stages.sets.create(self.user, given))["_id"]
        for at in range(1, count + 1):
            message = {"messageset": number, "sequence_number": at, "lang": "eng_ZA"}
            await stages.messages.create(self.user, {**message, "text_content": "x"})
        return number

    async def subscribe(self, messageset: int, schedule: int, **more: Any) -> int:
        given = {"identity": "alice", "lang": "eng_ZA", "messageset": messageset}
        given = {**given, "schedule": schedule, **more}
        made = await self.house.app.stages.subscriptions.create(self.user, given)
        return int(made["_id"])

    async def rows(self) -> list[dict[str, Any]]:
        """All subscriptions, the oldest first, in short."""
        names = ("messageset", "next_sequence_number", "active", "completed", "process_status")
        found = await self.house.app.stages.store.subscriptions.find({})
        return [
            {"made": to_text(one["created_at"]), **{name: one[name] for name in names}}
            for one in found
        ]

    async def run(self, *words: str) -> int:
        return await carry_out(parser().parse_args(["stages", *words]), self.house.app)

    async def counts(self, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
        assert await self.run(*words, "--json") == 0
        counted: dict[str, Any] = json.loads(capsys.readouterr().out)
        return counted


@asynccontextmanager
async def ward(
    name: str, uris: StoreUris, clock: HandClock, at: str = "2016-11-01T07:00:00Z"
) -> AsyncIterator[Ward]:
    clock.at = us(at)
    async with House(name, uris, clock) as house:
        yield Ward(house, await house.user("keeper"), clock)


def row(made: str, messageset: int, position: int, *, over: bool = False) -> dict[str, Any]:
    state = {"active": not over, "completed": over, "process_status": 2 if over else 0}
    return {"made": made, "messageset": messageset, "next_sequence_number": position, **state}
