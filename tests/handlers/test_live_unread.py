"""Unread counters on open sockets: right after any burst, and never stepping back."""

import asyncio
from typing import Any

import pytest

from services.inbox import READ, Sending
from tests.handlers.readers import Reader
from tests.sites import Person, Site


async def truth(site: Site, who: Person) -> dict[str, int]:
    counts = (await site.request("GET", "/inbox/counts", who)).json
    return {key: value for key, value in counts.items() if key != "at"}


async def frames_until(reader: Reader, wanted: dict[str, int]) -> list[dict[str, Any]]:
    """The ``unread`` frames that came until the counters were as wanted."""
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while reader.unread != wanted:
            frame = await reader.socket.any_frame()
            if frame["type"] == "unread":
                frames.append(frame)
                reader.unread = {key: frame[key] for key in wanted}
    return frames


async def messages(site: Site, who: Person, to: Person) -> None:
    sender = await site.app.identities.user(who.id)
    for n in range(60):
        sending = Sending(sender=sender, content=f"{n}", wanted=[to.id])
        await site.app.inbox.send("message", sending)


async def notices(site: Site, admin: Person) -> None:
    sender = await site.app.identities.user(admin.id)
    for n in range(10):
        sending = Sending(sender=sender, content=f"{n}", audience="everyone")
        await site.app.inbox.broadcast(sending)


async def reads(site: Site, who: Person) -> None:
    user = await site.app.identities.user(who.id)
    for _ in range(8):
        rows = (await site.request("GET", "/messages/unread/", who)).json[:5]
        if rows:
            await site.app.inbox.mark(user, ["message"], [row["id"] for row in rows], READ)


@pytest.mark.gen_test(timeout=20)
async def test_after_a_burst_from_all_sides_every_device_has_the_right_figure(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    admin = await site.admin()
    devices = [await Reader.come(site, bob) for _ in range(3)]
    await asyncio.gather(messages(site, alice, bob), notices(site, admin), reads(site, bob))
    wanted = await truth(site, bob)
    for device in devices:
        frames = await frames_until(device, wanted)
        moments = [frame["at"] for frame in frames]
        assert moments == sorted(moments)
        assert len(frames) < 50, "what moved together is told together"
        await device.close()


@pytest.mark.gen_test(timeout=15)
async def test_hello_has_them_and_the_first_frame_is_not_behind_it(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    stop = False

    async def chatter() -> int:
        n = 0
        while not stop:
            n += 1
            await site.send(alice, f"{n}", bob)
        return n

    talking = asyncio.create_task(chatter())
    readers = [await Reader.come(site, bob) for _ in range(10)]
    stop = True
    sent = await talking
    for reader in readers:
        await frames_until(reader, {**reader.unread, "messages": sent})
        await reader.close()
