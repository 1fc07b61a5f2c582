"""Server-sent events: the same feed with the same cursor, for a plain EventSource."""

import asyncio

import pytest

from domain.clock import DAY
from push.connection import LIVE
from tests.handlers.event_streams import EventStream, events
from tests.handlers.test_live_ends import by_cookie, give_password
from tests.sites import Person, Site, until

PASSWORD = "correct horse"


@pytest.mark.gen_test
async def test_what_happens_comes_as_events_of_its_type(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    async with await events(site, bob) as his:
        assert his.headers["content-type"] == "text/event-stream"
        assert his.headers["cache-control"] == "no-store, no-transform"
        assert his.headers["x-accel-buffering"] == "no"
        hello = await his.event()
        assert hello is not None
        assert hello["type"] == "hello"
        assert hello["unread"].items() >= {"messages": 0, "notices": 0}.items()
        assert his.last_id == hello["cursor"]
        assert 500 <= his.retry_ms <= 2_000
        await site.send(alice, "Hello\nyou", bob)
        change = await his.change()
        assert [change["item"]] == (await site.request("GET", "/messages/", bob)).json
        assert (await his.of_type("unread"))["messages"] == 1
        assert len(site.app.live.hub.of_user(bob.id)) == 1
    await until(lambda: not site.app.live.hub.of_user(bob.id))


@pytest.mark.gen_test
async def test_a_browser_resumes_with_the_id_of_the_last_event(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    async with await events(site, bob) as his:
        await site.send(alice, "one", bob)
        await his.change()
        last_id = his.last_id
    await site.send(alice, "two", bob)
    async with await events(site, bob, since="ignored", last_id=last_id) as his:
        told = [(await his.change())["item"]["content"] for _ in range(2)]
        assert told == ["one", "two"]
        await site.send(alice, "three", bob)
        assert (await his.change())["item"]["content"] == "three"


@pytest.mark.gen_test
async def test_an_event_told_live_says_where_to_resume(site: Site) -> None:
    """Without waiting for a ping: what a cut repeats is no older than the overlap."""
    alice, bob = await site.people("alice", "bob")
    async with await events(site, bob) as his:
        await his.of_type("hello")
        (connection,) = site.app.live.hub.of_user(bob.id)
        await until(lambda: connection.state == LIVE)
        first = his.last_id
        site.app.changes.heard_until += 1
        await site.send(alice, "one", bob)
        await his.change()
        assert his.last_id != first
        second = his.last_id
        await his.of_type("unread")
        assert his.last_id == second


@pytest.mark.gen_test
async def test_a_cursor_of_no_use_is_a_reset_and_the_stream_goes_on(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    old = site.app.live.feed.now(site.app.clock.now() - 31 * DAY).encode()
    for asked in ({"since": old}, {"last_id": old}):
        async with await events(site, bob, **asked) as his:
            await his.of_type("reset")
            assert his.last_id != old
            await site.send(alice, "and on", bob)
            assert (await his.change())["item"]["content"] == "and on"


TOKEN = "his token"
REFUSED = [
    ("", {}, 401, {"detail": "Authentication credentials were not provided."}),
    ("?since=x", {"Authorization": TOKEN}, 400, {"since": ["Not a cursor."]}),
    (
        "",
        {"Authorization": TOKEN, "Last-Event-ID": "x"},
        400,
        {"Last-Event-ID": ["Not a cursor."]},
    ),
    (
        "",
        {"Authorization": TOKEN, "Accept": "application/json"},
        406,
        {"detail": "Could not satisfy the request Accept header."},
    ),
]


@pytest.mark.gen_test
async def test_what_is_refused_is_refused_before_the_first_event(site: Site) -> None:
    bob = await site.person("bob")
    for query, headers, status, body in REFUSED:
        token = f"Token {bob.token}"
        sent = {name: token if value == TOKEN else value for name, value in headers.items()}
        path = f"/live/events{query}"
        async with await EventStream.dial(site.port, path, sent) as refused:
            assert (refused.status, await refused.body()) == (status, body)
    answer = await site.request(
        "HEAD", "/live/events", bob, headers={"Accept": "text/event-stream"}
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    assert not site.app.live.hub.of_user(bob.id)


@pytest.mark.gen_test
async def test_a_cookie_comes_from_our_own_pages_only(site: Site) -> None:
    (bob,) = await site.people("bob")
    await give_password(site, bob)
    cookie = await site.app.accounts.credentials.sign_in("bob", PASSWORD)
    own = {"Cookie": f"carillon_session={cookie}"}
    foreign = ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
    for more in foreign:
        async with await EventStream.dial(site.port, "/live/events", own | more) as refused:
            assert refused.status == 403
    ours: tuple[dict[str, str], ...] = (
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": f"http://127.0.0.1:{site.port}"},
    )
    for more in ours:
        async with await EventStream.dial(site.port, "/live/events", own | more) as his:
            await his.of_type("hello")
            allowed = his.headers.get("access-control-allow-origin")
            assert allowed == more.get("Origin")
            assert his.headers.get("vary") == ("Origin" if "Origin" in more else None)
        polled = await site.request("GET", "/live/changes", headers=own | more)
        assert polled.headers.get("Access-Control-Allow-Origin") == more.get("Origin")
    polled = await site.request("GET", "/live/changes", headers=own | foreign[0])
    assert polled.status == 403


@pytest.mark.gen_test
async def test_a_ticket_opens_one_stream(site: Site) -> None:
    bob = await site.person("bob")
    ticket = (await site.request("POST", "/live/ticket", bob)).json["ticket"]
    async with await EventStream.dial(site.port, f"/live/events?ticket={ticket}", {}) as his:
        await his.of_type("hello")
        async with await EventStream.dial(site.port, f"/live/events?ticket={ticket}", {}) as used:
            assert used.status == 401


@pytest.mark.gen_test
async def test_a_revoked_token_ends_its_streams_with_the_reason(site: Site) -> None:
    bob = await site.person("bob")
    other = Person(bob.id, "bob", await site.app.accounts.credentials.make_token(bob.id))
    async with await events(site, bob) as ended, await events(site, other) as stays:
        await ended.of_type("hello")
        await stays.of_type("hello")
        await site.app.accounts.credentials.revoke_token(bob.token)
        assert await ended.of_type("close") == {
            "type": "close", "code": 3500, "reason": "signed out",
        }  # fmt: skip
        assert await ended.event() is None
        await until(lambda: len(site.app.live.hub.of_user(bob.id)) == 1)
        assert not stays.reader.at_eof()


@pytest.mark.gen_test
async def test_streams_and_sockets_count_together(site: Site) -> None:
    bob = await site.person("bob")
    await give_password(site, bob)
    sockets = [await by_cookie(site, bob) for _ in range(19)]
    async with await events(site, bob) as his:
        await his.of_type("hello")
        sent = {"Authorization": f"Token {bob.token}"}
        async with await EventStream.dial(site.port, "/live/events", sent) as refused:
            assert refused.status == 429
    for one in sockets:
        await one.hang_up()


@pytest.mark.gen_test
async def test_a_server_that_leaves_says_when_to_return(site: Site) -> None:
    bob = await site.person("bob")
    async with await events(site, bob) as his:
        await his.of_type("hello")
        assert not site.web.settings["busy"], "no request that a leaving server would wait for"
        await asyncio.gather(site.app.live.drain(0.1), self_check(his))
        async with await EventStream.dial(
            site.port, "/live/events", {"Authorization": f"Token {bob.token}"}
        ) as refused:
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")


async def self_check(his: EventStream) -> None:
    bye = await his.of_type("bye")
    assert his.retry_ms == bye["retry_ms"]
    assert (await his.of_type("close"))["code"] == 3001
    assert await his.event() is None
