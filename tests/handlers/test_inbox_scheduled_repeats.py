"""Sends that leave more than once: at each recipient's own time, and as a schedule fires."""

from typing import Any

import pytest

from domain.clock import MINUTE
from domain.instants import to_text
from domain.jobs import Job
from domain.schedules import Fired
from tests.conftest import RunningClock
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox
from tests.handlers.scheduled_calls import (
    ONE_TIME,
    all_left,
    contents,
    got,
    in_seconds,
    later,
    patched,
    so_many_came,
)
from tests.receivers import eventually
from tests.sites import Person, Site


@pytest.mark.parametrize("whom", ["named", "audience"])
@pytest.mark.gen_test(timeout=40)
async def test_each_gets_it_at_his_own_time_once(
    site: Site, whom: str, running_clock: RunningClock
) -> None:
    admin = await site.admin()
    east = await site.person("east", time_zone="Etc/GMT-3")
    here = await site.person("here", time_zone="UTC")
    nowhere = await site.person("nowhere")
    west = await site.person("west", time_zone="Etc/GMT+3")
    everybody = {"named": {"recipient_ids": [east.id, here.id, nowhere.id, west.id]}}.get(
        whom, {"audience": "everyone"}
    )
    local = to_text(site.app.clock.wall() + MINUTE).removesuffix("Z")
    path = await later(site, admin, NOTICE, send_at_local=local, time_zone="recipient", **everybody)
    assert (await got(site, admin, path))["time_zone"] == "recipient"
    running_clock.move(60)

    async def has(who: Person) -> list[str]:
        return await contents(site, who, NOTICE)

    for who in (here, nowhere):
        await so_many_came(site, who, 1)
    assert await has(east) == ["later"], "his time is past: at once"
    assert await has(west) == []
    await site.app.accounts.change(west.id, {"time_zone": "Etc/GMT-3"}, actor=None, keep=None)
    await site.app.accounts.change(east.id, {"time_zone": "Etc/GMT+3"}, actor=None, keep=None)
    assert (await patched(site, admin, path, content="edited")).status == 200
    jobs = site.carillon._stores.jobs
    for row in await jobs.listed(kind="scheduled.leave", state="waiting"):
        await jobs.move(row.key, site.app.clock.wall())
    await all_left(site, admin)
    assert await has(west) == ["edited"], "who moved is not forgotten"
    for who in (east, here, nowhere):
        assert await has(who) == ["later"], "and nobody has it twice"


@pytest.mark.parametrize("body", ["named", "audience"])
@pytest.mark.gen_test(timeout=40)
async def test_whoever_takes_over_after_it_was_sent_sends_it_no_second_time(
    site: Site, body: str
) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    whom = {"recipient_ids": [alice.id]} if body == "named" else {"audience": "everyone"}
    path = await later(site, admin, NOTICE, send_at=in_seconds(site, 3600), **whom)
    number = int(path.split("/")[2])
    job = Job(f"scheduled:{number}:1:0", "scheduled.leave", 0, {"id": number, "timing": 1})
    found = await site.carillon._stores.scheduled.seal(number, 1, job.key)
    assert found is not None
    await site.app.scheduled.leaving.send(found, job)
    assert (await site.request("DELETE", path, admin)).status == 409
    await site.app.scheduled.leaving.leave(job)
    assert await contents(site, alice, NOTICE) == ["later"]
    assert await got(site, admin) == []
    await site.app.scheduled.leaving.leave(job)
    assert await contents(site, alice, NOTICE) == ["later"]


async def _schedule(site: Site, who: Person, **body: Any) -> int:
    answer = await site.request("POST", "/api/v1/schedule/", who, body={"minute": "0", **body})
    assert answer.status == 201, answer
    return int(answer.json["id"])


@pytest.mark.gen_test(timeout=40)
async def test_a_notice_may_follow_a_schedule_again_and_again(site: Site) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    path = await later(site, admin, NOTICE, schedule=schedule, recipient_ids=[alice.id])
    shown = await got(site, admin, path)
    assert (shown["schedule"], shown["send_at"], shown["time_zone"]) == (schedule, None, None)
    fire = f"/api/v1/schedule/{schedule}/send/"
    for times in (1, 2):
        assert (await site.request("POST", fire, admin, body={})).status == 202
        await so_many_came(site, alice, times)

    async def has_left() -> bool:
        return (await got(site, admin, path))["left_on"] is not None

    await eventually(has_left)
    assert (await got(site, admin, path))["state"] == "waiting"
    used = await site.request("DELETE", f"/api/v1/schedule/{schedule}/", admin)
    assert used.status == 409

    async def is_deleted() -> bool:
        return (await site.request("DELETE", path, admin)).status != 409

    await eventually(is_deleted)
    assert (await site.request("POST", fire, admin, body={})).status == 202
    assert (await site.request("DELETE", f"/api/v1/schedule/{schedule}/", admin)).status == 204
    assert await contents(site, alice, NOTICE) == ["later", "later"]


@pytest.mark.gen_test(timeout=40)
async def test_an_occurrence_that_is_told_twice_leaves_once(
    site: Site, running_clock: RunningClock
) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    path = await later(site, admin, NOTICE, schedule=schedule, audience="everyone")
    at = site.app.clock.wall()
    for name in ("a", "a", "b", "a"):
        fired = {"endpoint": None, "payload": "", "auth_token": None}
        await site.app.scheduled.follow(
            Fired(id=name, schedule=schedule, due_at=at, at=at, **fired)  # type: ignore[arg-type]
        )
    await so_many_came(site, alice, 2)
    answer = await patched(site, admin, path, send_at=in_seconds(site, 60), content="the last")
    while answer.status == 409:
        answer = await patched(site, admin, path, send_at=in_seconds(site, 60), content="the last")
    assert (answer.json["schedule"], answer.json["state"]) == (None, "waiting")
    running_clock.move(60)
    await all_left(site, admin)
    assert await contents(site, alice, NOTICE) == ["the last", "later", "later"]


@pytest.mark.gen_test(timeout=40)
async def test_a_schedule_that_cannot_be_followed_is_refused(site: Site) -> None:
    admin, (alice,) = await site.admin(), await site.people("alice")
    schedule = await _schedule(site, admin)
    whole = {"content": "x", "recipient_ids": [alice.id]}
    refused: list[tuple[str, dict[str, Any], Any]] = [
        (NOTICE, {"schedule": 10**30}, {"schedule": ["There is no such schedule."]}),
        (NOTICE, {"schedule": schedule + 1}, {"schedule": ["There is no such schedule."]}),
        (NOTICE, {"schedule": "x"}, {"schedule": ["A valid integer is required."]}),
        (
            NOTICE,
            {"schedule": schedule, "send_at": in_seconds(site, 9)},
            {"non_field_errors": [ONE_TIME]},
        ),
        (MESSAGE, {"schedule": schedule}, {"schedule": ["Only a notice can follow a schedule."]}),
    ]
    for kind, body, problems in refused:
        answer = await Inbox(site, kind).send(admin, {**whole, **body})
        assert (answer.status, answer.json) == (400, problems)
    assert await got(site, admin) == []
