"""What became of something sent: stored, pushed, acknowledged, read, by recipient and device."""

from dataclasses import replace
from typing import Any

import pytest
import websockets

from tests.handlers.inbox_calls import NOT_FOUND, Inbox
from tests.sites import Person, Site, Socket, until

QUICK = {"CARILLON_LIVE_OVERLAP_S": "0.2", "CARILLON_LIVE_LOOK_INTERVAL_S": "0.1"}


@pytest.fixture
def environ() -> dict[str, str]:
    """Cursors that follow the clock closely, so that marks rise soon."""
    return QUICK


async def device(site: Site, who: Person, name: str, since: str = "") -> Socket:
    """A connection that says what its device is called."""
    connection = await websockets.connect(
        f"ws://127.0.0.1:{site.port}/live?device={name}&since={since}",
        additional_headers={"Authorization": f"Token {who.token}"},
        max_size=None,
    )
    return await Socket(connection).greeted()


async def settled(site: Site) -> None:
    """Wait until cursors have passed all that happened so far."""
    now = site.app.clock.now()
    await until(lambda: site.app.live._caught_up().base.revision > now)


async def receipts(site: Site, who: Person, item_id: int, query: str = "") -> Any:
    path = f"/messages/sent/{item_id}/receipts/{query}"
    answer = await site.request("GET", path, who)
    assert answer.status == 200, answer
    return answer.json


async def sent_id(site: Site, who: Person) -> int:
    """The id of the latest message that somebody sent."""
    (latest, *_) = await Inbox(site, "message").get(who, "sent/")
    return int(latest["id"])


def flags(receipt: Any) -> dict[str, tuple[bool, bool]]:
    """(pushed, acknowledged) by device."""
    return {d["device"]: (d["is_pushed"], d["is_acknowledged"]) for d in receipt["devices"]}


@pytest.mark.gen_test(timeout=30)
async def test_the_whole_way_of_a_message_by_device(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    phone, desk = await device(site, bob, "phone"), await device(site, bob, "desk")
    await site.send(alice, "x", bob)
    for one in (phone, desk):
        await one.change("message")
    message = await sent_id(site, alice)
    (first,) = (await receipts(site, alice, message))["receipts"]
    person = {"id": bob.id, "username": "bob"}
    assert first == {
        "recipient": person,
        "is_stored": True,
        "is_read": False,
        "read_on": None,
        "devices": [],
    }
    await settled(site)
    await site.app.live.marks.write()
    (then,) = (await receipts(site, alice, message))["receipts"]
    assert flags(then) == {"phone": (True, False), "desk": (True, False)}
    await phone.send(type="ack", cursor=site.app.live._caught_up().encode(), ref=1)
    assert (await phone.frame("done"))["ref"] == 1
    await site.app.live.marks.write()
    (then,) = (await receipts(site, alice, message))["receipts"]
    assert flags(then) == {"phone": (True, True), "desk": (True, False)}
    await Inbox(site, "message").done(bob, "mark-read", "x")
    (then,) = (await receipts(site, alice, message))["receipts"]
    assert then["is_read"]
    assert then["read_on"] > (await receipts(site, alice, message))["sent_on"]
    assert flags(then) == {"phone": (True, True), "desk": (True, False)}
    for one in (phone, desk):
        await one.close()


@pytest.mark.gen_test(timeout=30)
async def test_who_comes_back_with_a_cursor_has_what_was_before_it(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    phone = await device(site, bob, "phone")
    await site.send(alice, "before", bob)
    await settled(site)
    cursor = site.app.live._caught_up().encode()
    await phone.close()
    await site.send(alice, "while away", bob)
    await settled(site)
    phone = await device(site, bob, "phone", cursor)
    await phone.change("message")
    await site.app.live.marks.write()
    newer, older = [one["id"] for one in await Inbox(site, "message").get(alice, "sent/")]
    (away,) = (await receipts(site, alice, newer))["receipts"]
    (before,) = (await receipts(site, alice, older))["receipts"]
    assert flags(before) == {"phone": (True, True)}
    assert flags(away) == {"phone": (False, False)}
    await settled(site)
    await site.app.live.marks.write()
    (away,) = (await receipts(site, alice, newer))["receipts"]
    assert flags(away) == {"phone": (True, False)}
    await phone.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_device_that_polls_has_what_it_goes_on_from(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")

    async def poll(since: str, wait: float) -> Any:
        path = f"/live/changes?since={since}&device=tablet&wait={wait}"
        return (await site.request("GET", path, bob)).json

    async def told() -> dict[str, tuple[bool, bool]]:
        await site.app.live.marks.write()
        (one,) = (await receipts(site, alice, await sent_id(site, alice)))["receipts"]
        return flags(one)

    start = (await poll("", 0))["cursor"]
    await site.send(alice, "x", bob)
    answer = await poll(start, 8)
    assert [one["kind"] for one in answer["changes"]] == ["message"]
    await settled(site)
    assert await told() == {"tablet": (False, False)}, "nobody knows whether it arrived"
    answer = await poll(answer["cursor"], 0.1)
    await poll(answer["cursor"], 0.1)
    assert await told() == {"tablet": (True, True)}


@pytest.mark.gen_test(timeout=20)
async def test_a_device_without_a_name_is_its_credential(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    socket = await site.socket(bob)
    await site.send(alice, "x", bob)
    await settled(site)
    await site.app.live.marks.write()
    (one,) = (await receipts(site, alice, await sent_id(site, alice)))["receipts"]
    ((name, state),) = flags(one).items()
    assert (name[:6], len(name), state) == ("token-", 14, (True, False))
    await socket.close()
    answer = await site.request("GET", "/live?device=" + "x" * 65, bob, headers=HANDSHAKE)
    assert answer.json == {"device": ["Ensure this value has at most 64 characters."]}


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.gen_test(timeout=20)
async def test_they_are_the_senders_and_administrators_alone(site: Site) -> None:
    alice, bob, eve = await site.people("alice", "bob", "eve")
    admin = await site.admin()
    await site.send(alice, "x", bob, eve)
    message = await sent_id(site, alice)
    for who in (bob, eve):
        answer = await site.request("GET", f"/messages/sent/{message}/receipts/", who)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert len((await receipts(site, admin, message))["receipts"]) == 2
    for wrong in (0, message + 1, 10**18, 10**30):
        answer = await site.request("GET", f"/messages/sent/{wrong}/receipts/", admin)
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    body = {"message_ids": [message]}
    await site.request("DELETE", "/messages/delete-sent/", alice, body=body)
    answer = await site.request("GET", f"/messages/sent/{message}/receipts/", alice)
    assert answer.status == 404


@pytest.mark.gen_test(timeout=30)
async def test_they_come_by_pages_and_without_deleted_accounts(site: Site) -> None:
    alice, *others = await site.people("alice", "a", "b", "c", "d", "e")
    await site.send(alice, "x", *others)
    message = await sent_id(site, alice)
    await site.app.accounts.delete(others[1].id)
    seen, cursor = [], "0"
    while cursor is not None:
        page = await receipts(site, alice, message, f"?limit=2&cursor={cursor}")
        assert page["recipients_total"] == 5
        seen += [one["recipient"]["username"] for one in page["receipts"]]
        cursor = page["next"]
    assert seen == ["a", "c", "d", "e"]
    for wrong in ("cursor=-1", "cursor=x", "limit=0"):
        answer = await site.request("GET", f"/messages/sent/{message}/receipts/?{wrong}", alice)
        assert answer.status == 400


@pytest.mark.gen_test(timeout=30)
async def test_of_a_notice_every_copy_tells_of_the_whole_sending(site: Site) -> None:
    admin, bob, eve = await site.admin(), *await site.people("bob", "eve")
    inbox = Inbox(site, "notice")
    await inbox.sent(admin, "x", bob, eve)
    await inbox.done(eve, "mark-read", "x")
    for who in (bob, eve):
        ((_, copy),) = (await inbox.ids(who)).items()
        path = f"/notices/sent/{copy}/receipts/"
        shown = (await site.request("GET", path, admin)).json
        read = {one["recipient"]["username"]: one["is_read"] for one in shown["receipts"]}
        assert read == {"bob": False, "eve": True}
        assert (await site.request("GET", path, who)).status == 404


@pytest.mark.gen_test(timeout=30)
async def test_of_a_notice_to_everyone_there_are_counts(site: Site) -> None:
    admin, bob, eve = await site.admin(), *await site.people("bob", "eve")
    phone, mute = await device(site, bob, "phone"), await device(site, eve, "mute")
    inbox = Inbox(site, "notice")
    answer = await inbox.send(admin, {"content": "x", "audience": "everyone"})
    assert answer.status == 201
    for one in (phone, mute):
        await one.change("notice")
    await settled(site)
    await phone.send(type="ack", cursor=site.app.live._caught_up().encode(), ref=1)
    await phone.frame("done")
    await site.app.live.marks.write()
    await inbox.done(eve, "mark-read", "x")
    await site.person("late")
    ((_, notice),) = (await inbox.ids(bob)).items()
    shown = (await site.request("GET", f"/notices/sent/{notice}/receipts/", admin)).json
    assert shown["audience"] == "everyone"
    assert shown["counts"] == {"members": 3, "pushed": 2, "acknowledged": 1, "read": 1}
    for one in (phone, mute):
        await one.close()


@pytest.mark.gen_test(timeout=20)
@pytest.mark.parametrize("environ", [{}], ids=[""])
async def test_an_acknowledgement_of_what_was_not_told_counts_for_what_was(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    phone = await device(site, bob, "phone")
    await site.send(alice, "x", bob)
    await phone.change("message")
    ahead = site.app.live.feed.now(site.app.clock.now() + 5_000_000).encode()
    await phone.send(type="ack", cursor=ahead, ref=1)
    await phone.frame("done")
    await site.app.live.marks.write()
    (one,) = (await receipts(site, alice, await sent_id(site, alice)))["receipts"]
    assert all(not acknowledged for _, acknowledged in flags(one).values())
    foreign = replace(site.app.live.feed.now(), epoch="another").encode()
    for wrong in ("", "x", 7, None, "YQ", foreign):
        await phone.send(type="ack", cursor=wrong, ref=2)
        error = await phone.frame("error")
        assert (error["code"], error["ref"]) == ("invalid", 2)
        assert list(error["problems"]) == ["cursor"]
    await phone.close()
