"""From a list to the feed, and from one way to another: one cursor for all (live, "The feed")."""

import socket
from typing import Any

import pytest

from handlers.live import event_stream
from push.connection import LIVE, READING
from tests.conftest import RunningClock
from tests.handlers.event_streams import EventStream, events
from tests.handlers.readers import send
from tests.sites import Person, Site, until

Key = tuple[str, int]


class Shown:
    """What a device shows: a list, and what it applied since by a reader's duty."""

    def __init__(self, items: list[dict[str, Any]]):
        self.items = {(one["kind"], one["id"]): one for one in items}
        self.news = 0

    def apply(self, change: dict[str, Any]) -> None:
        key = change["kind"], change["item"]["id"]
        if key in self.items and self.items[key]["version"] >= change["version"]:
            return
        head = {name: change[name] for name in ("kind", "version", "revision")}
        self.items[key] = {**head, **change["item"], "deleted": change.get("deleted", False)}
        self.news += 1

    @property
    def visible(self) -> dict[Key, Any]:
        return {
            key: {name: value for name, value in one.items() if name != "deleted"}
            for key, one in self.items.items()
            if not one.get("deleted")
        }


async def listed(site: Site, who: Person) -> tuple[list[dict[str, Any]], str]:
    answer = await site.request("GET", "/inbox/items/?kind=message&kind=notice&limit=200", who)
    return answer.json["items"], answer.headers["Carillon-Cursor"]


async def by_socket(site: Site, who: Person, cursor: str, shown: Shown, news: int) -> str:
    his = await site.socket(who, since=cursor)
    while shown.news < news:
        shown.apply(await his.change())
    await his.close()
    return his.cursor


async def by_events(site: Site, who: Person, cursor: str, shown: Shown, news: int) -> str:
    async with await events(site, who, last_id=cursor) as his:
        while shown.news < news:
            shown.apply(await his.change())
        return his.last_id


async def by_polls(site: Site, who: Person, cursor: str, shown: Shown, news: int) -> str:
    while shown.news < news:
        path = f"/live/changes?since={cursor}&limit=2&wait=8"
        answer = (await site.request("GET", path, who)).json
        cursor = answer["cursor"]
        for change in answer["changes"]:
            shown.apply(change)
    return cursor


@pytest.mark.gen_test(timeout=40)
async def test_a_list_goes_on_by_any_way_and_each_takes_the_others_cursor(site: Site) -> None:
    admin, alice, bob = await site.admin(), *await site.people("alice", "bob")
    for n in range(3):
        await send(site, alice, f"before {n}", bob)
    items, cursor = await listed(site, bob)
    shown = Shown(items)
    assert len(shown.visible) == 3
    for n, way in enumerate((by_polls, by_socket, by_events, by_socket, by_polls, by_events)):
        await send(site, alice, f"while away {n}", bob)
        body = {"content": f"notice {n}", "audience": "everyone"}
        assert (await site.request("POST", "/notices/send/", admin, body=body)).status == 201
        oldest = min(one["id"] for one in shown.visible.values() if one["kind"] == "message")
        ids = {"message_ids": [oldest]}
        assert (await site.request("DELETE", "/messages/delete/", bob, body=ids)).status == 204
        shown.news = 0
        cursor = await way(site, bob, cursor, shown, 3)
        truth, _ = await listed(site, bob)
        assert shown.visible == {(one["kind"], one["id"]): one for one in truth}, way


@pytest.mark.gen_test
async def test_what_appears_late_behind_a_polls_page_is_told_by_a_socket(site: Site) -> None:
    """A cursor from the middle of the youngest stretch: all of that is read once more."""
    alice, bob = await site.people("alice", "bob")
    _, cursor = await listed(site, bob)
    for content in ("late", "first", "second"):
        await send(site, alice, content, bob)
    deliveries = site.carillon._stores.deliveries
    rows = await deliveries.feed(bob.id, site.app.live.feed.now().base, 2**62, 10)
    await deliveries._copies.delete({"_id": rows[0]["_id"]})
    answer = (await site.request("GET", f"/live/changes?since={cursor}&limit=1", bob)).json
    (first,) = answer["changes"]
    assert (first["item"]["content"], answer["more"]) == ("first", True)
    await deliveries.add(rows[:1])
    site.app.live.hub.ring.covered_from = site.app.clock.now()
    shown = Shown([])
    shown.apply(first)
    await by_socket(site, bob, answer["cursor"], shown, 3)
    assert {one["content"] for one in shown.visible.values()} == {"late", "first", "second"}


class TestWhoStopsReading:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_MAX_UNSENT_BYTES": "50000", "CARILLON_LIVE_RING_BYTES": "1000000"}

    @pytest.mark.gen_test(timeout=40)
    async def test_a_stalled_stream_is_refilled_and_nothing_is_held_for_it(
        self, site: Site
    ) -> None:
        """As a websocket, and by the same rule: 1.6 MB go by, of which little waits for it."""
        alice, bob = await site.people("alice", "bob")
        async with await events(site, bob) as his:
            await his.of_type("hello")
            (connection,) = site.app.live.hub.of_user(bob.id)
            await until(lambda: connection.state == LIVE)
            choke(connection.transport, his)
            text, most = "x" * 20_000, 0
            for n in range(80):
                await send(site, alice, f"{n} {text}", bob)
                most = max(most, connection.transport.unsent_bytes)
            assert connection.state == READING
            assert most < 50_000 + 25_000
            his.writer.transport.resume_reading()  # type: ignore[attr-defined]
            seen: set[int] = set()
            while len(seen) < 80:
                seen.add(int((await his.change())["item"]["content"].split()[0]))
                most = max(most, connection.transport.unsent_bytes)
            assert most < 50_000 + 600_000
            assert connection in site.app.live.hub.of_user(bob.id)
            await send(site, alice, "and live", bob)
            while (await his.change())["item"]["content"] != "and live":
                pass

    @pytest.mark.gen_test(timeout=40)
    async def test_a_stream_whose_peer_takes_nothing_is_ended(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        async with await events(site, bob) as his:
            await his.of_type("hello")
            (connection,) = site.app.live.hub.of_user(bob.id)
            await until(lambda: connection.state == LIVE)
            choke(connection.transport, his)
            for n in range(60):
                await send(site, alice, f"{n} {'x' * 20_000}", bob)
            await until(lambda: connection.transport.unsent_bytes > 0)
            connection.transport.ping()
            for _ in range(3):  # three pings' time, and nothing moved
                connection.ping_at_s = 0.0
                await site.app.live.keep()
            assert connection.unanswered > 1
            connection.heard_at_s -= 1_000
            await site.app.live.keep()
            assert connection not in site.app.live.hub.of_user(bob.id)

    @pytest.mark.gen_test(timeout=40)
    async def test_a_stream_that_is_closed_does_not_wait_for_its_peer(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_stream, "CLOSE_LIMIT_S", 0.1)
        alice, bob = await site.people("alice", "bob")
        async with await events(site, bob) as his:
            await his.of_type("hello")
            (connection,) = site.app.live.hub.of_user(bob.id)
            own: Any = connection.transport._transport.get_extra_info("socket")  # type: ignore[attr-defined]
            if event_stream.USER_TIMEOUT is not None:
                gone_after_ms = own.getsockopt(socket.IPPROTO_TCP, event_stream.USER_TIMEOUT)
                assert gone_after_ms == 2.5 * site.settings.live.ping_interval_s * 1_000
            await until(lambda: connection.state == LIVE)
            choke(connection.transport, his)
            for n in range(10):
                await send(site, alice, f"{n} {'x' * 20_000}", bob)
            await until(lambda: connection.transport.unsent_bytes > 0)
            connection.close(3011, "try again")
            await until(lambda: not site.app.live.hub.of_user(bob.id), 5)


def choke(transport: Any, client: EventStream) -> None:
    """Hold next to nothing on its way, and let the client read no more."""
    own = transport._transport.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("path", "part", "read"),
    [
        ("/inbox/items/", "pages", "items"),
        ("/messages/", "mailboxes", "received"),
        ("/messages/?cursor=", "pages", "received"),
        ("/messages/sent/", "mailboxes", "sent"),
        ("/messages/sent/?cursor=", "pages", "sent"),
    ],
)
async def test_a_list_is_true_for_the_moment_before_it_was_read(
    site: Site,
    running_clock: RunningClock,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    part: str,
    read: str,
) -> None:
    """However long that takes: what came meanwhile is not in it, so the feed must bring it."""
    alice, bob = await site.people("alice", "bob")
    owner = getattr(site.app.inbox, part)
    reading = getattr(owner, read)

    async def slowly(*args: Any) -> Any:
        found = await reading(*args)
        await send(site, alice, "meanwhile", bob)
        running_clock.move(60)
        return found

    monkeypatch.setattr(owner, read, slowly)
    who = alice if "sent" in path else bob
    answer = await site.request("GET", path, who)
    assert b"meanwhile" not in answer.body
    since = answer.headers["Carillon-Cursor"]
    told = (await site.request("GET", f"/live/changes?since={since}", who)).json["changes"]
    assert [one["item"]["content"] for one in told] == ["meanwhile"]
