"""Three people, four connected devices and two pollers on two processes that may die."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import orjson

from domain.accounts import User
from domain.cursors import Cursor
from domain.errors import Conflict, Invalid, Unavailable
from domain.filters import InboxFilters, SentFilters
from domain.items import MESSAGE, NOTICE, SENT
from domain.records import Key
from jobs.kinds import kinds
from jobs.leases import LOOKS, Lease
from jobs.runner import Runner
from jobs.watching import Watch
from models.groups import NewGroup
from models.processes import Processes
from models.users import NewUser
from push.broker import MemoryBroker
from services.inbox import Sending
from tests.chaos.mortals import Killed, Mortal
from tests.chaos.readers import Reader
from tests.chaos.screens import Screen
from tests.conftest import HandClock, StoreUris
from tests.sites import Person

NAMES = ("alice", "bob", "carol", "admin")
DEVICES = {"alice": 1, "bob": 2, "carol": 1}
DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


class SkewedClock(HandClock):
    """Wall time of one host: ``true`` time and how far it is off."""

    def __init__(self, true: HandClock):
        super().__init__()
        self.true, self.skew_s = true, 0.0

    def __call__(self) -> int:
        return self.true() + int(self.skew_s * 1_000_000)

    def move(self, seconds: float) -> None:
        self.true.move(seconds)


class Town:
    """Two processes, and the people on them."""

    def __init__(self, uris: StoreUris):
        self._uris, self._database = uris, f"town{uuid4().hex[:12]}"
        self.time = HandClock()
        self.walls = [SkewedClock(self.time), SkewedClock(self.time)]
        self._bus: list[MemoryBroker] = []
        self.houses: list[Mortal] = []
        self.people: dict[str, Person] = {}
        self.screens: list[Screen] = []
        self.deaths, self.measured_s = 0, 0.0

    async def begin(self) -> None:
        for n, wall in enumerate(self.walls):
            self.houses.append(await self._house(wall, is_first=n == 0))
        first = self.houses[0]
        await first.do(self._settle_in(first))
        self.time.move(5.0)  # more than any skew: they were there before all that follows
        self.screens = [
            Screen(Reader(self.people[name], [])) for name, n in DEVICES.items() for _ in range(n)
        ]
        for n, screen in enumerate(self.screens):
            await screen.connect(self.houses[n % 2])
        since = first.app.live.feed.now().encode()
        self.poller = Reader(self.people["bob"], [], cursor=since)
        self.latecomer = Reader(self.people["bob"], [], cursor=since)
        await self.quiet()

    async def _settle_in(self, house: Mortal) -> None:
        accounts = house.app.accounts
        self.group = await accounts.groups.add(NewGroup("inner"))
        for name in NAMES:
            user = await accounts.add(NewUser(name, is_admin=name == "admin"))
            token = await accounts.credentials.make_token(user)
            self.people[name] = Person(user, name, token)

    async def _house(self, wall: SkewedClock, *, is_first: bool = False) -> Mortal:
        house = Mortal(self._database, self._uris, wall, self._bus, is_first=is_first)
        await house.begin()
        return house

    async def end(self) -> None:
        if self.houses and not self.houses[0].is_dead:
            await self.houses[0].carillon.database.drop()
        for house in self.houses:
            await house.bury()

    # Working

    async def ask(self, n: int, work: Coroutine[Any, Any, Any]) -> str:
        """What a caller of process ``n`` is told."""
        try:
            await self.houses[n].do(work)
        except Invalid:
            return REFUSED
        except (Unavailable, Conflict, Killed):
            return UNKNOWN
        finally:
            await self.quiet()
        return DONE

    async def quiet(self) -> None:
        """Return when no process does anything, but for waiting for a socket that stalls."""
        while True:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await self._replace_dead()
            stuck = {wire.stuck for screen in self.screens for wire in screen.wires}
            busy = {task for house in self.houses for task in house.tasks} - stuck
            if not busy:
                return
            await asyncio.wait(busy, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)

    async def _replace_dead(self) -> None:
        for n, house in enumerate(self.houses):
            if house.is_dead:
                self.deaths += 1
                await house.bury()
                self.houses[n] = await self._house(self.walls[n])

    async def user(self, house: Mortal, name: str) -> User:
        return await house.app.identities.user(self.people[name].id)

    # What people do

    async def send(self, n: int, kind: str, who: str, sending: dict[str, Any]) -> str:
        """Send under a key that is the content."""
        return await self.ask(n, self._send(self.houses[n], kind, who, sending))

    async def _send(self, house: Mortal, kind: str, who: str, sending: dict[str, Any]) -> None:
        sender, text = await self.user(house, who), sending["content"]
        key = Key(sender.id, "POST", f"/{kind}s/send/", text)
        whole = Sending(sender=sender, key=key, fingerprint=text, **sending)
        if whole.audience is None:
            await house.inbox.send(kind, whole)
        else:
            await house.inbox.broadcast(whole)

    async def mark(self, n: int, who: str, kind: str, ids: list[int], fields: Any) -> str:
        async def work(house: Mortal) -> None:
            await house.inbox.mark(await self.user(house, who), [kind], ids, fields)

        return await self.ask(n, work(self.houses[n]))

    async def delete_sent(self, n: int, who: str, ids: list[int]) -> str:
        async def work(house: Mortal) -> None:
            await house.inbox.delete_sent(await self.user(house, who), ids)

        return await self.ask(n, work(self.houses[n]))

    async def belong(self, n: int, who: str, *, joins: bool) -> str:
        """Join or leave the group, and let every process know before anything else happens.

        What is sent to a group while a stay is known to some processes alone is not settled yet.
        """
        groups = self.houses[n].app.accounts.groups
        act = groups.join if joins else groups.leave
        outcome = await self.ask(n, act(self.people[who].id, self.group))
        for house in self.houses:
            house.fate.what = ""
        for _ in range(2):
            await self.settle(n)
            for one in range(len(self.houses)):
                await self.look(one)
            self.time.move(4.0)
        return outcome

    # What processes do by themselves

    async def look(self, n: int) -> None:
        await self.ask(n, self.houses[n].changes.look())

    async def settle(self, n: int) -> None:
        await self.ask(n, self.houses[n].changes.settle())

    async def run_jobs(self, n: int) -> None:
        """All that is due, to its end."""
        runner, _ = self._runner(self.houses[n])
        await self.ask(n, self._run_jobs(runner))

    async def _run_jobs(self, runner: Runner) -> None:
        await runner.look()
        await runner.run_due()
        await runner.stop(5.0)

    async def take_over_jobs(self, n: int) -> None:
        """Watch the others for longer than a lease: what a dead process ran is free then."""
        house = self.houses[n]
        runner, lease = self._runner(house)
        watch = Watch(house.stores.jobs, lease, runner)

        async def work() -> None:
            for _ in range(LOOKS + 2):
                await watch.step()
                self.measured_s += lease.pause_s
            await runner.stop(5.0)

        await self.ask(n, work())

    def _runner(self, house: Mortal) -> tuple[Runner, Lease]:
        """A runner under a new name, as a process that just began has one."""
        lease = Lease(
            Processes(house.carillon.database),
            house.app.clock,
            process=uuid4().hex,
            lease_s=house.app.settings.jobs.lease_s,
            measure_s=lambda: self.measured_s,
        )
        jobs, of = house.stores.jobs, kinds(house.app)
        return Runner(jobs, of, house.app.clock, lease=lease, concurrency=4), lease

    async def ping(self, n: int) -> None:
        """Everybody connected is told where he could resume."""
        live = self.houses[n].app.live
        for connection in live.hub:
            connection.ping_at_s = 0.0
        await self.ask(n, live.keep())

    async def count(self, n: int) -> None:
        """Counters are told, counted, and told again where they were wrong."""
        unread = self.houses[n].app.live.unread

        async def work() -> None:
            await unread.tell_moved()
            while await unread.count_moved() < 1.0:
                pass

        await self.ask(n, work())

    # Reading

    async def poll(self, n: int, reader: Reader, limit: int) -> None:
        """Read on from its cursor, to the end, in pages of so many."""
        await self.ask(n, self._poll(self.houses[n], reader, limit))

    async def _poll(self, house: Mortal, reader: Reader, limit: int) -> None:
        live, user = house.app.live, await self.user(house, reader.who.name)
        more = True
        while more:
            page = await live.feed.read(user, Cursor.decode(reader.cursor), limit)
            for frame in await live.reader.frames_of(page.items):
                reader.take(orjson.loads(frame))
            reader.resets += page.reset
            reader.cursor, more = page.cursor.encode(), page.more

    async def lists(self, n: int, name: str) -> dict[str, list[dict[str, Any]]]:
        """A person's lists, as REST gives them."""
        house = self.houses[n]
        user, mailboxes = await self.user(house, name), house.inbox.mailboxes
        found = {
            MESSAGE: await mailboxes.received(user, MESSAGE, None, InboxFilters()),
            NOTICE: await mailboxes.received(user, NOTICE, None, InboxFilters()),
            SENT: await mailboxes.sent(user, SentFilters()),
        }
        return {
            kind: [_json(house.inbox.shapes[MESSAGE].resource(item, names)) for item in items]
            for kind, (items, names) in found.items()
        }

    async def counts(self, name: str) -> dict[str, int]:
        house = self.houses[0]
        return await house.inbox.mailboxes.count_unread(await self.user(house, name))


def _json(resource: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(orjson.dumps(resource))
    return shown
