"""The command line for jobs, over a real store."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from commands.line import parser
from commands.verbs import carry_out
from domain.clock import SECOND, Clock
from models.database import Database
from models.jobs import Jobs
from push.broker import MemoryBroker
from services.later import Later
from tests.conftest import HandClock

NOW = "2027-01-15T08:00:00Z"  # where the hand clock stands
ROW = {
    "id": "a",
    "kind": "test.note",
    "key": "a",
    "state": "waiting",
    "due_at": NOW,
    "attempts": 0,
    "error": None,
}


class Desk:
    """The command line on a store, with a clock that stands."""

    def __init__(self, jobs: Jobs, hand: HandClock):
        self.jobs, self.hand = jobs, hand
        self.later = Later(jobs, MemoryBroker(), Clock(hand), process="p")

    async def add(self, key: str, in_s: int = 0, kind: str = "test.note", **more: Any) -> None:
        await self.jobs.add(key, kind, self.hand() + in_s * SECOND, {}, **more)

    async def fail(self, key: str) -> None:
        [job] = await self.jobs.claim([key], "p", self.hand())
        await self.jobs.bury(job, "p", "no luck")

    async def run(self, *words: str) -> int:
        arguments = parser().parse_args(["jobs", *words])
        app: Any = SimpleNamespace(later=self.later)
        return await carry_out(arguments, app)


@asynccontextmanager
async def _desk(uri: str, name: str, hand: HandClock) -> AsyncIterator[Desk]:
    database = Database(uri, name)
    jobs = Jobs(database)
    await jobs.ensure_indexes()
    yield Desk(jobs, hand)
    await database.drop()
    database.close()


@pytest.mark.gen_test
async def test_jobs_are_listed_soonest_first(
    mongodb_uri: str,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with _desk(mongodb_uri, database_name, hand_clock) as desk:
        assert await desk.run("list") == 0
        assert capsys.readouterr().out == "none\n"
        await desk.add("later", 60, "test.other")
        await desk.add("a")
        await desk.run("list", "--json")
        rows = json.loads(capsys.readouterr().out)
        assert rows[0] == ROW
        assert [row["id"] for row in rows] == ["a", "later"]
        for words, keys in [
            (["--kind", "test.other"], ["later"]),
            (["--state", "waiting"], ["a", "later"]),
            (["--state", "dead"], []),
            (["--due-before", "2027-01-15T08:01:00Z"], ["a"]),
            (["--due-before", "2027-01-15T09:01:01+01:00"], ["a", "later"]),
        ]:
            assert await desk.run("list", "--json", *words) == 0
            assert [row["id"] for row in json.loads(capsys.readouterr().out)] == keys
        await desk.run("list")
        assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["a", "test.note"]


@pytest.mark.gen_test
async def test_waiting_ends_when_nothing_is_due_or_the_time_is_over(
    mongodb_uri: str,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with _desk(mongodb_uri, database_name, hand_clock) as desk:
        await desk.add("later", 60)
        assert await desk.run("wait", "--timeout", "0.05") == 0
        await desk.add("now")
        assert await desk.run("wait", "--timeout", "0.05") == 3
        said = capsys.readouterr()
        assert said.out == "Nothing is due or running.\n"
        assert said.err == "Something was due or running for 0.05 s.\n"
        assert await desk.run("wait", "--kind", "test.other", "--timeout", "0.05") == 0
        waiting = asyncio.create_task(desk.run("wait", "--timeout", "20"))
        await desk.jobs.claim(["now"], "p", hand_clock())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await desk.jobs.finish(["now"], "p", hand_clock())
        assert await waiting == 0


@pytest.mark.gen_test
async def test_what_failed_is_requeued_and_what_has_not_begun_is_cancelled(
    mongodb_uri: str,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with _desk(mongodb_uri, database_name, hand_clock) as desk:
        await desk.add("a")
        assert await desk.run("requeue", "a") == 1
        assert await desk.run("requeue", "b") == 1
        assert await desk.run("cancel", "b") == 1
        assert capsys.readouterr().err.splitlines() == [
            "Job a is waiting and did not fail.",
            "There is no job b.",
            "There is no job b.",
        ]
        await desk.fail("a")
        assert await desk.run("requeue", "a") == 0
        assert await desk.run("cancel", "a", "--json") == 0
        assert capsys.readouterr().out == 'Requeued a.\n{"ids": ["a"]}\n'
        assert await desk.run("cancel", "a") == 1
        assert capsys.readouterr() == ("Cancelled 0 jobs.\n", "Job a is cancelled.\n")
        await desk.add("sealed", seals=True)
        [job] = await desk.jobs.claim(["sealed"], "p", hand_clock())
        await desk.jobs.retry(job, "p", hand_clock(), "no luck")
        assert await desk.run("cancel", "sealed") == 1
        assert "what it began must be ended" in capsys.readouterr().err


@pytest.mark.gen_test
async def test_many_are_requeued_and_cancelled_at_once(
    mongodb_uri: str,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commands.progress.SAID_EACH_S", 0)
    async with _desk(mongodb_uri, database_name, hand_clock) as desk:
        for key in ("a", "b", "c"):
            await desk.add(key)
        await desk.fail("a")
        await desk.fail("b")
        assert await desk.run("requeue", "--kind", "test.note", "--json") == 0
        told = capsys.readouterr()
        assert sorted(json.loads(told.out)["ids"]) == ["a", "b"]
        assert told.err == "jobs: 1 of 2 (50 %)\njobs: 2\n"
        assert await desk.run("cancel", "a", "nobody", "b", "a") == 1
        told = capsys.readouterr()
        assert told.out == "Cancelled 2 jobs.\n"
        assert told.err.endswith("There is no job nobody.\n")
        assert await desk.run("cancel", "--kind", "test.other") == 0
        assert [row.state for row in await desk.jobs.listed()] == ["cancelled"] * 2 + ["waiting"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["wait"],
        ["wait", "--timeout", "soon"],
        ["wait", "--timeout", "-1"],
        ["wait", "--timeout", "nan"],
        ["list", "--state", "asleep"],
        ["list", "--due-before", "tomorrow"],
        ["cancel"],
        ["requeue", "a", "--kind", "test.note"],
    ],
)
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["jobs", *words])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err
