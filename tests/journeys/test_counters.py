"""Read state, deletes and counters over two devices and two processes, whose clocks differ."""

import asyncio
import random
from typing import Any

import pytest

from server import wall_us
from tests.conftest import StoreUris, settings_for
from tests.sites import Person, Site, Socket, until

STEPS = 30
SKEWS_S = (0.7, -0.7)  # more than lies between two steps


class Device:
    """A client that keeps the items and the counters it was told, as the protocol says."""

    def __init__(self, socket: Socket):
        self.items: dict[tuple[str, int], dict[str, Any]] = {}
        self.unread: dict[str, int] = {}
        self.moments: list[int] = []
        self._socket = socket
        self._take_counts(dict(socket.hello["unread"]))
        self._listening = asyncio.create_task(self._listen())

    def _take_counts(self, counts: dict[str, int]) -> None:
        self.moments.append(counts.pop("at"))
        self.unread = counts

    async def _listen(self) -> None:
        while True:
            frame = await self._socket.any_frame()
            if frame["type"] == "unread":
                del frame["type"]
                self._take_counts(frame)
            elif frame["type"] == "change":
                key = frame["kind"], frame["item"]["id"]
                if key not in self.items or self.items[key]["version"] < frame["version"]:
                    self.items[key] = frame

    @property
    def picture(self) -> dict[int, bool]:
        """Whether each message that is there was read."""
        shown = [one for one in self.items.values() if one["kind"] == "message"]
        return {
            one["item"]["id"]: one["item"]["is_read"] for one in shown if not one.get("deleted")
        }

    async def close(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._socket.close()


class Story:
    """Somebody sends to bob through either process, and bob's devices mark and delete."""

    def __init__(self, sites: list[Site], alice: Person, bob: Person, chance: random.Random):
        self._sites, self._chance = sites, chance
        self.alice, self.bob = alice, bob

    async def step(self) -> None:
        do = self._chance.choice((self._send, self._send, self._mark, self._mark, self._delete))
        await do(self._chance.choice(self._sites))

    async def _send(self, site: Site) -> None:
        await site.send(self.alice, "x", self.bob)

    async def _mark(self, site: Site) -> None:
        action = self._chance.choice(("mark-read", "mark-unread"))
        await self._change(site, "PATCH", action)

    async def _delete(self, site: Site) -> None:
        await self._change(site, "DELETE", "delete")

    async def _change(self, site: Site, verb: str, action: str) -> None:
        rows = (await site.request("GET", "/messages/", self.bob)).json
        if rows:
            some = self._chance.sample(rows, self._chance.randint(1, min(3, len(rows))))
            body = {"message_ids": [one["id"] for one in some]}
            answer = await site.request(verb, f"/messages/{action}/", self.bob, body=body)
            assert answer.status in (200, 204)

    async def truth(self) -> tuple[dict[int, bool], dict[str, int]]:
        rows = (await self._sites[0].request("GET", "/messages/", self.bob)).json
        read = {one["id"]: one["is_read"] for one in rows}
        unread = sum(not one for one in read.values())
        return read, {"messages": unread, "notices": 0, "announcements": 0}


def skewed(by_s: float) -> Any:
    return lambda: wall_us() + int(by_s * 1_000_000)


@pytest.mark.expects_log("lost the link")  # a machine that is busy enough loses it
@pytest.mark.gen_test(timeout=55)
async def test_two_devices_on_two_processes_end_with_the_truth_and_never_step_back(
    store_uris: StoreUris, database_name: str
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    settings = settings_for(database_name)
    ahead, behind = (Site(settings, store_uris, wall=skewed(one)) for one in SKEWS_S)
    async with ahead, behind:
        alice, bob = await ahead.people("alice", "bob")
        story = Story([ahead, behind], alice, bob, random.Random(seed))
        devices = [Device(await site.socket(bob)) for site in (ahead, behind)]
        for _ in range(STEPS):
            await story.step()
        picture, unread = await story.truth()
        for device in devices:
            await until(lambda device=device: device.picture == picture, 20)
            await until(lambda device=device: device.unread == unread, 20)
            assert device.moments == sorted(device.moments), "no figure is for an earlier moment"
        await _moves_over(behind, story)
        for device in devices:
            await device.close()


async def _moves_over(site: Site, story: Story) -> None:
    """A device that comes to the process behind is right at once, and stays right."""
    device = Device(await site.socket(story.bob))
    _, unread = await story.truth()
    assert device.unread == unread
    for _ in range(5):
        await story.step()
    _, unread = await story.truth()
    await until(lambda: device.unread == unread, 20)
    assert device.moments == sorted(device.moments)
    await device.close()


@pytest.mark.expects_log("lost the link")  # a machine that is busy enough loses it
@pytest.mark.gen_test(timeout=30)
async def test_counts_asked_for_say_for_which_moment_and_have_all_before_it(
    store_uris: StoreUris, database_name: str
) -> None:
    """Also of the process that has not heard: its figure is counted, not remembered."""
    settings = settings_for(database_name, CARILLON_LIVE_LOOK_INTERVAL_S="60")
    async with Site(settings, store_uris) as first, Site(settings, store_uris) as second:
        admin, bob = await first.admin(), await first.person("bob")
        await (await second.socket(bob)).close()  # from now on it remembers that there is none
        await second.carillon.broker.stop()
        body = {"content": "x", "audience": "everyone"}
        answer = await first.request("POST", "/notices/send/", admin, body=body)
        revision = int(answer.headers["Carillon-Revision"])
        after = {"Carillon-After": str(revision)}
        counts = (await second.request("GET", "/inbox/counts", bob, headers=after)).json
        assert counts["at"] >= revision
        assert counts["notices"] == 1
