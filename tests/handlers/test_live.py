"""The websocket door: who may come in, what he is told, and how it ends."""

import pytest

from tests.sites import Site


@pytest.mark.gen_test
async def test_a_message_rings_at_the_recipient_and_in_the_senders_box(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    hers, his = await site.socket(alice), await site.socket(bob)
    at = his.hello["unread"].pop("at")
    assert his.hello["unread"] == {"messages": 0, "notices": 0, "announcements": 0}
    answer = await site.send(alice, "Hello", bob)

    received = await his.change("message")
    listed = (await site.request("GET", "/messages/", bob)).json
    assert [received["item"]] == listed
    assert received["version"] == 1
    assert received["revision"] == int(answer.headers["Carillon-Revision"]) > at
    assert (await his.frame("unread"))["messages"] == 1

    sent = await hers.change("sent")
    assert [sent["item"]] == (await site.request("GET", "/messages/sent/", alice)).json
    await hers.close()
    await his.close()


@pytest.mark.gen_test
async def test_what_one_device_does_reaches_the_others(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "one", bob)
    phone, desk = await site.socket(bob), await site.socket(bob)
    assert phone.hello["unread"]["messages"] == 1
    (item,) = (await site.request("GET", "/messages/", bob)).json
    await phone.send(type="mark_read", ids=[item["id"]], ref=7)
    change = await desk.change()
    assert change["item"] == {**item, "is_read": True}
    assert change["version"] == 2
    assert (await desk.frame("unread"))["messages"] == 0
    assert (await phone.frame("done"))["ref"] == 7
    await site.request("DELETE", "/messages/delete/", bob, body={"message_ids": [item["id"]]})
    gone = await desk.change()
    assert (gone["deleted"], gone["item"], gone["version"]) == (True, {"id": item["id"]}, 3)
    await phone.close()
    await desk.close()


@pytest.mark.gen_test
async def test_a_notice_to_everyone_is_one_item_for_all(site: Site) -> None:
    admin = await site.admin()
    alice, bob = await site.people("alice", "bob")
    hers, his = await site.socket(alice), await site.socket(bob)
    body = {"content": "Tea at five", "audience": "everyone"}
    answer = await site.request("POST", "/notices/send/", admin, body=body)
    assert (answer.status, answer.json) == (201, {"audience": "everyone", "content": "Tea at five"})
    first, second = await hers.change("notice"), await his.change("notice")
    assert first == second
    assert (await site.request("GET", "/notices/", alice)).json == [first["item"]]
    ids = {"notice_ids": [first["item"]["id"]]}
    assert (await site.request("PATCH", "/notices/mark-read/", alice, body=ids)).status == 200
    assert (await hers.change("notice"))["item"]["is_read"] is True
    (his_own,) = (await site.request("GET", "/notices/", bob)).json
    assert his_own["is_read"] is False
    assert (await site.request("DELETE", "/notices/delete/", alice, body=ids)).status == 204
    assert (await hers.change("notice"))["deleted"] is True
    assert (await site.request("GET", "/notices/", alice)).json == []
    assert len((await site.request("GET", "/notices/", bob)).json) == 1
    await hers.close()
    await his.close()


@pytest.mark.gen_test
async def test_who_was_away_catches_up_from_his_cursor(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    his = await site.socket(bob)
    await his.close()
    for n in range(3):
        await site.send(alice, f"while away {n}", bob)
    back = await site.socket(bob, since=his.hello["cursor"])
    assert back.hello["unread"]["messages"] == 3
    assert [(await back.change())["item"]["content"] for _ in range(3)] == [
        f"while away {n}" for n in range(3)
    ]
    await site.send(alice, "and live", bob)
    assert (await back.change())["item"]["content"] == "and live"
    await back.close()
