"""Proof 3: a server that is killed at every step of a change; another finishes it, once."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.faults import KILLED, Fault, Nursery
from tests.chaos.readers import Reader, following
from tests.chaos.trials import (
    CROWD,
    Broadcast,
    Change,
    Command,
    Delete,
    DeleteAccount,
    DeleteSent,
    Mark,
    MarkNotice,
    Revoke,
    Send,
    SendToCrowd,
    Stage,
    Trial,
)
from tests.chaos.worlds import World
from tests.journeys.devices import equals_lists, eventually
from tests.journeys.processes import Server
from tests.sites import until

AT_ONCE = 3
IS_LONG = bool(os.environ.get("CHAOS_LONG"))
FINISHED_WITHIN_S = 80.0  # lease and look take five seconds; the rest is for a busy machine

# What dies where. In the long form a process dies before and after each of these steps. In the
# short one it dies before those ahead of the bar, and after those with a plus; after one step is
# mostly before the next. Telling reaches a process's own connections first, then it is published.
COMMON = "Records.add+ RedisBroker.publish"
REST = "Records.settle Changes._tell"
TABLE: list[tuple[type[Change], str]] = [
    (Send, f"{COMMON} Messages.add Deliveries.add+ {REST} |"),
    (SendToCrowd, f"Deliveries.add+ | {COMMON} Records._add_chunks Messages.add Deliveries.add#2"),
    (Broadcast, f"{COMMON} Notices.add | {REST}"),
    (Mark, f"{COMMON} Deliveries.mark | {REST}"),
    (MarkNotice, f"Receipts.change | {COMMON} {REST}"),
    (Delete, f"Deliveries.delete | {COMMON} {REST}"),
    (DeleteSent, f"Messages.delete | {COMMON} {REST}"),
    (
        DeleteAccount,
        f"{COMMON} Users.bury Deliveries.purge_user Messages.forget_sender"
        f" | Tokens.remove_of Sessions.remove_of",
    ),
    (Revoke, f"{COMMON} Tokens.revoke | Changes._tell"),
]


def faults() -> list[tuple[Change, Fault]]:
    return [(change(), fault) for change, steps in TABLE for fault in faults_of(steps)]


def faults_of(steps: str) -> Iterator[Fault]:
    always, _, more = steps.partition("|")
    for step in (always + more if IS_LONG else always).split():
        name, _, call = step.removesuffix("+").partition("#")
        yield Fault(name, "before", int(call or 1))
        if IS_LONG or step.endswith("+"):
            yield Fault(name, "after", int(call or 1))


@pytest.fixture
def world(tmp_path: Path, io_loop: Any) -> Iterator[World]:
    """One server, which outlives all others."""
    made = World(tmp_path)
    count = len(faults())
    names = [f"sender{n}" for n in range(count)] + [f"reader{n}" for n in range(count)]
    crowd = [f"crowd{n}" for n in range(CROWD)]
    try:
        io_loop.run_sync(lambda: made.start([*names, *crowd], 1), timeout=60)
        yield made
    finally:
        made.stop()


def trials(world: World) -> list[Trial]:
    people, servers = world.people, world.cluster.servers
    return [
        Trial(
            change,
            fault,
            people[f"sender{n}"],
            people[f"reader{n}"],
            Reader(people[f"reader{n}"], servers, seed=n),
        )
        for n, (change, fault) in enumerate(faults())
    ]


class Deaths:
    """Lets each trial's process die, a few at a time."""

    def __init__(self, stage: Stage, nursery: Nursery):
        self._stage, self._nursery = stage, nursery
        self._places = asyncio.Semaphore(AT_ONCE)

    async def cause(self, trial: Trial) -> None:
        async with self._places:
            await trial.change.prepare(self._stage, trial)
            if isinstance(trial.change, Command):
                status = await self._by_command(trial, trial.change)
            else:
                status = await self._by_request(trial)
        if status != KILLED:
            trial.problems.append(f"the step was not reached: exit status {status}")

    async def _by_command(self, trial: Trial, change: Command) -> int:
        folder = self._folder(trial)
        words = [*change.words_of(trial), "--data", str(folder / "data")]
        environ = self._stage.world.cluster.environment
        dying = await self._nursery.start(words, environ, trial.fault, folder / "log")
        async with asyncio.timeout(20):
            return await dying.ended

    async def _by_request(self, trial: Trial) -> int:
        folder, server = self._folder(trial), Server(self._stage.world.cluster, 0)
        words = ["run", "--port", str(server.port), "--data", str(folder / "data")]
        environ = self._stage.world.cluster.environment
        dying = await self._nursery.start(words, environ, trial.fault, folder / "log")
        await until(lambda: dying.ended.done() or _listens(server.port), 20)
        who, verb, path, body = trial.change.request(trial, self._stage.world)
        key = f"{trial.change.name} {trial.content}"
        await self._stage.caller.ask(server, verb, path, who, body, key)
        async with asyncio.timeout(20):
            return await dying.ended

    def _folder(self, trial: Trial) -> Path:
        folder = self._stage.world.cluster.folder / f"dying{trial.sender.id}"
        folder.mkdir()
        return folder


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


async def comes_true(stage: Stage, trial: Trial) -> bool:
    """Is it done within the limit? Asked seldom: the lists of many trials are work too."""
    deadline = time.monotonic() + FINISHED_WITHIN_S
    while not await trial.change.is_done(stage, trial):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.7)
    return True


async def finish(stage: Stage, trial: Trial) -> float:
    """Wait until another finished it, or ask again; then once more under the same key."""
    began = time.monotonic()
    if trial.is_committed:
        if not await comes_true(stage, trial):
            trial.problems.append("nobody finished it")
    elif await trial.change.is_done(stage, trial):
        trial.problems.append("it happened although nothing was committed")
    took_s = time.monotonic() - began
    if not (isinstance(trial.change, Command) and trial.is_committed):
        if not await trial.change.ask(stage, trial):
            trial.problems.append("the repeated request failed")
        if not await comes_true(stage, trial):
            trial.problems.append("the repeated request has another effect")
    return took_s


async def check_devices(stage: Stage, trial: Trial) -> None:
    """The device that stayed, and one that comes back from before, show what the lists say."""
    if isinstance(trial.change, Command):
        return
    (server,) = stage.world.cluster.servers
    late = Reader(trial.reader, [server], cursor=trial.first_cursor)
    async with following([late]):
        for name, device in (("that stayed", trial.device), ("that was away", late)):
            if not await eventually(equals_lists, 5, device, server):
                trial.problems.append(f"the device {name} shows another picture than the lists")
            if device.stepped_back() or device.conflicts:
                trial.problems.append(f"the device {name} was shown a version twice")


def check_copies(stage: Stage, all_trials: list[Trial]) -> None:
    """Every send made as many copies as it has recipients, tombstones included."""
    counted = stage.copies()
    for trial in all_trials:
        if isinstance(trial.change, Send) and counted[trial.content] != trial.change.count:
            trial.problems.append(f"{counted[trial.content]} copies")


async def carry_out(stage: Stage, all_trials: list[Trial]) -> list[float]:
    """All deaths, and what became of each; how long each took to be finished."""
    async with Nursery() as nursery:
        deaths = Deaths(stage, nursery)

        async def one(trial: Trial) -> float:
            await deaths.cause(trial)
            return await finish(stage, trial)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(trial)) for trial in all_trials]
        return [task.result() for task in tasks]


@pytest.mark.timeout(240)
@pytest.mark.gen_test(timeout=240)
async def test_a_change_is_finished_once_wherever_its_process_dies(world: World) -> None:
    all_trials = trials(world)
    with Stage.of(world) as stage:
        async with following([trial.device for trial in all_trials]):
            for trial in all_trials:
                trial.first_cursor = trial.device.cursor
            took = await carry_out(stage, all_trials)
            await asyncio.gather(*(check_devices(stage, trial) for trial in all_trials))
        check_copies(stage, all_trials)
    for trial, seconds in zip(all_trials, took, strict=True):
        print(f"{trial.name:60} {seconds:5.1f} s  {'; '.join(trial.problems)}")
    assert [f"{one.name}: {one.problems}" for one in all_trials if one.problems] == []
    assert world.complaints() == []
