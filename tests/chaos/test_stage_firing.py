"""Servers that are killed while they carry out a firing: everybody gets each message once."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from carillon import Carillon
from domain.accounts import User
from embedded.stores import Endpoints
from models.users import NewUser
from services.app import App
from tests.chaos.faults import KILLED, Fault, Nursery
from tests.conftest import StoreUris, settings_for
from tests.receivers import eventually
from tests.sites import Site

PEOPLE = 30
FAULTS = [
    Fault("Walks.move", "before"),  # the record is there, and nothing else
    Fault("Deliveries.add", "before"),  # all have moved, nobody got anything
    Fault("Walks.add", "after"),  # the last message: who goes on to the next set is there
]


async def begin(app: App) -> tuple[Any, User]:
    """People who walk through a set of as many messages as there are faults, and on."""
    user = await app.identities.user(await app.accounts.add(NewUser("admin", is_admin=True)))
    schedule = await app.schedules.create(user, {"minute": "0", "enabled": False})
    sets = app.stages.sets
    second = await sets.create(user, {"short_name": "b", "default_schedule": schedule.id})
    first = await sets.create(
        user, {"short_name": "a", "default_schedule": schedule.id, "next_set": second["_id"]}
    )
    said = {"lang": "eng_ZA", "messageset": first["_id"]}
    for number in range(1, len(FAULTS) + 1):
        message = {**said, "sequence_number": number, "text_content": f"message {number}"}
        await app.stages.messages.create(user, message)
    for n in range(PEOPLE):
        await app.accounts.add(NewUser(f"p{n}"))
        walk = {**said, "identity": f"p{n}", "schedule": schedule.id}
        await app.stages.subscriptions.create(user, walk)
    return schedule, user


@pytest.mark.expects_log("is left to be finished")
@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=180)
async def test_a_firing_is_carried_out_once_wherever_its_process_dies(
    store_uris: StoreUris, database_name: str, tmp_path: Path
) -> None:
    settings = settings_for(database_name)
    carillon = Carillon(settings, Endpoints(store_uris.mongodb, store_uris.redis))
    environ = {
        "CARILLON_MONGODB_URI": store_uris.mongodb,
        "CARILLON_MONGODB_DATABASE": database_name,
        "CARILLON_REDIS_URI": store_uris.redis,
    }
    try:
        app = await carillon.begin()
        schedule, user = await begin(app)
        async with Nursery() as nursery:
            for n, fault in enumerate(FAULTS):
                await app.schedules.firing.send(schedule, user)
                words = ["run", "--port", "0", "--data", str(tmp_path / f"data{n}")]
                dying = await nursery.start(words, environ, fault, tmp_path / f"log{n}")
                async with asyncio.timeout(40):
                    assert await dying.ended == KILLED, (tmp_path / f"log{n}").read_text()
    finally:
        await carillon.end()
    async with Site(settings, store_uris) as site:
        walks = site.app.stages.store.subscriptions
        copies = site.carillon.database.collection("inbox_deliveries")

        async def is_done() -> bool:
            return len(await copies.find({})) >= PEOPLE * len(FAULTS)

        await eventually(is_done, 40)
        assert await site.app.later.wait(None, 40)
        got = Counter((one["user"], one["content"]) for one in await copies.find({}))
        messages = [f"message {number}" for number in range(1, len(FAULTS) + 1)]
        assert set(got.values()) == {1}
        assert Counter(content for _, content in got) == dict.fromkeys(messages, PEOPLE)
        through = await walks.find({"process_status": 2})
        assert {one["next_sequence_number"] for one in through} == {len(FAULTS)}
        following = await walks.find({"messageset": 1})
        assert len({one["identity"] for one in following}) == len(following) == PEOPLE
