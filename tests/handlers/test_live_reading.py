"""Those who were away, fell behind or stopped reading: nothing is skipped, none is held up."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest

from carillon import wall_us
from domain.clock import DAY, MINUTE
from domain.cursors import Cursor, Place
from push.connection import LIVE
from services.inbox import READ
from tests.conftest import StoreUris, settings_for
from tests.handlers.raw_sockets import RawSocket, choke
from tests.handlers.readers import Reader, send
from tests.seeds import SEED
from tests.sites import Person, Site, until


async def copies(site: Site, who: Person) -> list[int]:
    """The ids of all messages that somebody received."""
    found = (await site.request("GET", "/messages/", who)).json
    return [one["id"] for one in found]


async def mark_read(site: Site, who: Person, ids: list[int]) -> None:
    user = await site.app.identities.user(who.id)
    await site.app.inbox.mark(user, ["message"], ids, READ)


class TestATinyRing:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_RING_BYTES": "3000", "CARILLON_LIVE_OVERLAP_S": "2"}

    @pytest.mark.gen_test(timeout=20)
    async def test_from_the_feed_to_the_ring_to_live(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        his = await Reader.come(site, bob)
        await his.close()
        for n in range(120):
            await send(site, alice, f"{n}", bob)
        assert site.app.live.hub.ring.covered_from > 0
        back = await Reader.come(site, bob, his.cursor)
        for n in range(120, 140):
            await send(site, alice, f"{n}", bob)
        await back.until(lambda: len(back.items) == 140)
        assert back.contents == [f"{n}" for n in range(140)]
        await back.until(lambda: back.unread["messages"] == 140)
        (connection,) = site.app.live.hub
        assert connection.state == LIVE
        await back.close()

    @pytest.mark.gen_test(timeout=40)
    @pytest.mark.parametrize("seed", [SEED, 1])
    async def test_whenever_they_are_cut_they_end_with_the_same_picture(
        self, site: Site, seed: int
    ) -> None:
        """Sends, reads and deletes go on while clients are cut at random."""
        dice = random.Random(seed)
        alice, bob = await site.people("alice", "bob")
        stayed = await Reader.come(site, bob)
        steps = asyncio.create_task(self._live_on(site, alice, bob, dice))
        cut = [asyncio.create_task(self._come_and_go(site, bob, steps, seed + n)) for n in range(2)]
        async with asyncio.timeout(30):
            sent = await steps
            shown = [reader.states for reader in await asyncio.gather(*cut)]
        await stayed.until(lambda: sum(stayed.states.values()) == sent)
        listed = (await site.request("GET", "/messages/", bob)).json
        truth = {one["id"]: one["is_read"] for one in listed}
        picture = {
            key[1]: one["item"]["is_read"]
            for key, one in stayed.items.items()
            if not one.get("deleted")
        }
        assert picture == truth, f"seed {seed}"
        assert shown == [stayed.states] * 2, f"seed {seed}"
        await stayed.close()

    async def _live_on(self, site: Site, alice: Person, bob: Person, dice: random.Random) -> int:
        """100 changes; returns the sum of all versions that there are in the end."""
        total, ids = 0, list[int]()
        for n in range(100):
            if n % 10 < 7 or not ids:
                await send(site, alice, f"{n}", bob)
            elif n % 10 < 9:
                await mark_read(site, bob, [dice.choice(ids)])
            else:
                body = {"message_ids": [ids.pop(dice.randrange(len(ids)))]}
                await site.request("DELETE", "/messages/delete/", bob, body=body)
            if n % 10 == 6:
                ids = await copies(site, bob)
        stores = site.carillon._stores
        every = await stores.deliveries._copies.find({"user": bob.id})
        total = sum(one["version"] for one in every)
        return total

    async def _come_and_go(
        self, site: Site, who: Person, steps: "asyncio.Task[int]", seed: int
    ) -> Reader:
        """Read a few frames, be gone, come back; at last read on to the end."""
        dice = random.Random(seed)
        reader = await Reader.come(site, who)
        while not steps.done():
            for _ in range(dice.randrange(60)):
                try:
                    await asyncio.wait_for(reader.take(), 0.2)
                except TimeoutError:
                    break
            reader.cut()
            fresh = await Reader.come(site, who, reader.cursor)
            fresh.items = reader.items
            reader = fresh
        await reader.until(lambda: sum(reader.states.values()) == steps.result())
        await reader.close()
        return reader


@pytest.mark.gen_test(timeout=20)
async def test_what_appears_late_behind_a_page_is_not_missed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is stamped before, and seen after, the page that it belongs to was read."""
    alice, bob = await site.people("alice", "bob")
    first = await Reader.come(site, bob)
    await first.close()
    deliveries, may_go_on, is_held = site.carillon._stores.deliveries, asyncio.Event(), []
    add, read = deliveries.add, site.app.live.feed.read

    async def slowly(rows: Any) -> Any:
        if rows[0]["content"] == "late":
            is_held.append(True)
            await may_go_on.wait()
        return await add(rows)

    async def then_the_late_one(user: Any, cursor: Cursor, limit: int) -> Any:
        page = await read(user, cursor, limit)
        if not may_go_on.is_set():
            may_go_on.set()
            await late
        return page

    monkeypatch.setattr(deliveries, "add", slowly)
    late = asyncio.create_task(send(site, alice, "late", bob))
    await until(lambda: is_held)
    for n in range(70):
        await send(site, alice, f"{n}", bob)
    site.app.live.hub.ring.covered_from = wall_us()
    monkeypatch.setattr(site.app.live.feed, "read", then_the_late_one)
    back = await Reader.come(site, bob, first.cursor)
    await back.until(lambda: len(back.items) == 71)
    assert back.contents == ["late", *(f"{n}" for n in range(70))]
    await back.close()


@pytest.mark.gen_test(timeout=20)
async def test_what_is_told_late_is_not_behind_anybodys_cursor(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a send is not told yet its copies may be read: cursors stay before its stamp."""
    alice, bob = await site.people("alice", "bob")
    his = await Reader.come(site, bob)
    changes, is_held, may_go_on = site.app.changes, [], asyncio.Event()
    event = changes._kinds["inbox.send"].event

    async def slowly(record: Any) -> Any:
        is_held.append(record.stamp)
        await may_go_on.wait()
        return await event(record)

    monkeypatch.setattr(changes._kinds["inbox.send"], "event", slowly)
    late = asyncio.create_task(send(site, alice, "late", bob))
    await until(lambda: is_held)
    for _ in range(2):
        await changes.look()
    assert changes.heard_until <= is_held[0]
    (connection,) = site.app.live.hub.of_user(bob.id)
    may_resume = site.app.live.resume_from(connection)
    assert may_resume is not None
    assert may_resume.base.revision == changes.heard_until - site.app.live.feed.overlap_us
    may_go_on.set()
    await late
    await changes.look()
    assert changes.heard_until > is_held[0]
    assert (await his.news())["item"]["content"] == "late"
    await his.close()


@pytest.mark.gen_test
async def test_a_change_in_bulk_reaches_the_other_device(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    for n in range(150):
        await send(site, alice, f"{n}", bob)
    desk = await Reader.come(site, bob)
    await desk.until(lambda: True)
    await mark_read(site, bob, await copies(site, bob))
    await desk.until(lambda: list(desk.states.values()) == [2] * 150)
    await desk.until(lambda: desk.unread["messages"] == 0)
    await send(site, alice, "one more", bob)
    await desk.until(lambda: desk.unread["messages"] == 1)
    await desk.close()


@pytest.mark.gen_test
async def test_a_cursor_of_no_use_says_list_afresh(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    his = await Reader.come(site, bob)
    await his.close()
    cursor, now = Cursor.decode(his.cursor), site.app.clock.now()
    stale = replace(cursor, base=Place(now - 31 * DAY))
    future = replace(cursor, base=Place(now + 2 * MINUTE))
    restored = replace(cursor, epoch="another")
    for unusable in (stale, future, restored):
        back = await Reader.come(site, bob, unusable.encode())
        while back.resets == 0:
            await back.take()
        assert not site.app.live.feed.is_stale(Cursor.decode(back.cursor))
        await send(site, alice, "after", bob)
        assert (await back.news())["item"]["content"] == "after"
        await back.close()


@pytest.mark.gen_test
async def test_a_short_absence_asks_the_database_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await site.people("alice", "bob")
    his = await Reader.come(site, bob)
    await his.close()
    for n in range(20):
        await send(site, alice, f"{n}", bob)

    async def not_needed(*_: Any) -> None:
        raise AssertionError("the ring has it")

    monkeypatch.setattr(site.app.live.feed, "read", not_needed)
    back = await Reader.come(site, bob, his.cursor)
    await back.until(lambda: len(back.items) == 20)
    await back.close()


@pytest.mark.gen_test
async def test_a_process_that_just_started_has_the_last_minute_in_memory(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch, io_loop: Any
) -> None:
    settings = settings_for(database_name)
    async with Site(settings, store_uris) as first:
        alice, bob = await first.people("alice", "bob")
        his = await Reader.come(first, bob)
        await his.close()
        for n in range(5):
            await send(first, alice, f"{n}", bob)
    async with Site(settings, store_uris) as second:

        async def not_needed(*_: Any) -> None:
            raise AssertionError("the ring has it")

        monkeypatch.setattr(second.app.live.feed, "read", not_needed)
        back = await Reader.come(second, bob, his.cursor)
        await back.until(lambda: len(back.items) == 5)
        await back.close()
        live, heard_from = second.app.live, second.app.changes.heard_from
        assert live.reaches_back(Cursor(live.feed.epoch, Place(heard_from)))
        assert not live.reaches_back(Cursor(live.feed.epoch, Place(heard_from - 1)))


@pytest.mark.gen_test
async def test_few_read_at_once_and_a_stalled_one_takes_no_place(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await site.people("alice", "bob")
    first = await Reader.come(site, bob)
    await first.close()
    for n in range(5):
        await send(site, alice, f"{n}", bob)
    site.app.live.hub.ring.covered_from = wall_us()
    site.app.live.reader._places = asyncio.Semaphore(1)
    read, reading = site.app.live.feed.read, [0]

    async def alone(*args: Any) -> Any:
        reading[-1] += 1
        reading.append(reading[-1])
        page = await read(*args)
        reading.append(reading[-1] - 1)
        return page

    monkeypatch.setattr(site.app.live.feed, "read", alone)
    stalled = await RawSocket.connect(site, bob, f"?since={first.cursor}")
    for connection in site.app.live.hub:
        choke(connection, stalled)
    readers = await asyncio.gather(*(Reader.come(site, bob, first.cursor) for _ in range(4)))
    for reader in readers:
        await reader.until(lambda reader=reader: len(reader.items) == 5)
        await reader.close()
    assert max(reading) == 1
    await stalled.hang_up()
