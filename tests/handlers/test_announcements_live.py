"""Announcements on the live channel: they ring in one's language, and go at once (hole H10)."""

from typing import Any

import pytest

from domain.instants import to_text
from tests.conftest import StoreUris, settings_for
from tests.handlers.announcement_calls import BOTH, Caller, caller, editor, group
from tests.sites import Person, Site, Socket


async def announcement(socket: Socket) -> dict[str, Any]:
    return await socket.change("announcement")


async def unread(socket: Socket, wanted: int) -> None:
    """Wait until the counter says so."""
    while (await socket.frame("unread"))["announcements"] != wanted:
        pass


async def listed(site: Site, who: Person) -> list[dict[str, Any]]:
    return (await site.request("GET", "/inbox/items/?kind=announcement", who)).json["items"]


async def fed(site: Site, who: Person, since: str = "") -> dict[int, dict[str, Any]]:
    """What the feed says, in its last version by id."""
    path = f"/live/changes?since={since}&limit=100"
    changes = (await site.request("GET", path, who)).json["changes"]
    return {one["item"]["id"]: one for one in changes if one["kind"] == "announcement"}


def text(us: int) -> dict[str, str]:
    return {"value": to_text(us)}


@pytest.mark.gen_test(timeout=40)
async def test_it_rings_is_confirmed_and_goes(site: Site) -> None:
    one, ours = await editor(site), await group(site, 5, "ours")
    hans = await caller(site, "hans", language="de-AT", groups=(ours,))
    jane = await site.person("jane", language="fr", groups=(ours,))
    outsider = await site.person("outsider")
    cursor = (await site.request("GET", "/inbox/items/", outsider)).headers["Carillon-Cursor"]
    first, second = await site.socket(hans.person), await site.socket(hans.person)
    hers, theirs = await site.socket(jane), await site.socket(outsider)
    html = {"de-DE": "<b>Hallo</b><script>x</script>", "en-US": "<b>Hello</b>"}
    made = await one.created(title=BOTH, message_html=html, confirmation=BOTH, groups=[ours])
    number = made["message"]["_id"]
    german, english = await announcement(first), await announcement(hers)
    assert german["item"] == {
        "is_read": False,
        "content": "<b>Hallo</b>",
        "sent_on": german["item"]["sent_on"],
        "title": "Hallo",
        "confirm": "Hallo",
        "updated": False,
        "message_key": f"{number}.1",
        "type": None,
        "props": None,
        "expires_at": None,
        "id": number,
    }
    assert (english["item"]["title"], english["item"]["content"]) == ("Hello", "<b>Hello</b>")
    await unread(first, 1)
    assert await announcement(second) == german
    (item,) = await listed(site, hans.person)
    assert {key: item[key] for key in german["item"]} == german["item"]
    resumed = (await fed(site, jane, cursor))[number]
    assert resumed["item"] == english["item"]
    late = await site.socket(jane)
    assert late.hello["unread"]["announcements"] == 1
    await hans.confirm(f"{number}.1")
    for socket in (first, second):
        seen = await announcement(socket)
        assert (seen["item"]["is_read"], seen["version"] > german["version"]) == (True, True)
    await unread(first, 0)
    assert (await one.changed(number, 2, title={"de-DE": "Neu", "en-US": "New"})).status == 200
    assert [(await announcement(at))["item"]["title"] for at in (first, hers)] == ["Neu", "New"]
    (item,) = await listed(site, hans.person)
    assert (item["is_read"], item["title"]) == (True, "Neu")
    await one.changed(number, 3, confirm_every_version=True)
    again = (await announcement(first))["item"]
    assert (again["is_read"], again["updated"], again["message_key"]) == (
        False,
        True,
        f"{number}.3",
    )
    await unread(first, 1)
    assert not (await announcement(hers))["item"]["updated"]
    await one.ask("DELETE", f"/api/v1/message/{number}")
    for socket in (first, hers):
        gone = await announcement(socket)
        assert (gone["deleted"], gone["item"]) == (True, {"id": number})
    assert await listed(site, jane) == []
    assert (await fed(site, jane, cursor))[number]["deleted"]
    await site.send(jane, "last", outsider)
    assert (await theirs.change())["kind"] == "message"
    assert await fed(site, outsider, cursor) == {}
    for socket in (first, second, hers, theirs, late):
        await socket.close()


@pytest.mark.gen_test(timeout=40)
async def test_joining_leaving_and_other_groups(site: Site) -> None:
    one, ours = await editor(site), await group(site, 5, "ours")
    theirs = await group(site, 6, "theirs")
    jane = await site.person("jane")
    number = (await one.created(title=BOTH, groups=[ours]))["message"]["_id"]
    cursor = (await site.request("GET", "/inbox/items/", jane)).headers["Carillon-Cursor"]
    socket, versions = await site.socket(jane), []
    groups = site.app.accounts.groups
    for join in (True, False, True):
        await (groups.join if join else groups.leave)(jane.id, ours)
        change = await announcement(socket)
        versions.append(change["version"])
        assert ("deleted" in change) is not join
        assert len(await listed(site, jane)) == int(join)
        assert ("deleted" in (await fed(site, jane, cursor))[number]) is not join
    await one.changed(number, 2, groups=[theirs])
    gone = await announcement(socket)
    assert gone["deleted"]
    await one.changed(number, 3, groups=[theirs, ours])
    back = await announcement(socket)
    assert [*versions, gone["version"], back["version"]] == sorted(
        {*versions, gone["version"], back["version"]}
    )
    assert "deleted" not in back
    await groups.delete(ours)
    assert (await announcement(socket))["deleted"]
    [left] = (await one.ask("GET", f"/api/v1/message/{number}")).json
    assert [each["group"]["_id"] for each in left["message"]["_groups"]] == [theirs]
    await socket.close()
    assert (await fed(site, jane, cursor))[number]["version"] > back["version"]


@pytest.mark.gen_test(timeout=40)
async def test_the_clock_opens_and_closes_its_window(site: Site) -> None:
    one, jane = await editor(site), await site.person("jane", groups=(await group(site, 5, "x"),))
    socket = await site.socket(jane)
    cursor, now = socket.cursor or socket.hello["cursor"], site.app.clock.now()
    starts, ends = now + 1_500_000, now + 3_500_000
    window = {"start_time": text(starts), "end_time": text(ends)}
    number = (await one.created(title=BOTH, groups=[5], **window))["message"]["_id"]
    assert await fed(site, jane, cursor) == {}
    opened = await announcement(socket)
    assert site.app.clock.now() >= starts
    assert (opened["item"]["id"], "deleted" in opened) == (number, False)
    await unread(socket, 1)
    assert len(await listed(site, jane)) == 1
    closed = await announcement(socket)
    assert site.app.clock.now() > ends
    assert closed["deleted"]
    await unread(socket, 0)
    assert await listed(site, jane) == []
    assert (await fed(site, jane, cursor))[number]["deleted"]
    await socket.close()


@pytest.mark.gen_test(timeout=40)
async def test_other_processes_tell_it_too(
    site: Site, store_uris: StoreUris, database_name: str
) -> None:
    one, ours = await editor(site), await group(site, 5, "ours")
    hans = await caller(site, "hans", language="de", groups=(ours,))
    jane = await site.person("jane", language="en", groups=(ours,))
    async with Site(settings_for(database_name), store_uris) as other:
        here, there, hers = (
            await site.socket(hans.person),
            await other.socket(hans.person),
            await other.socket(jane),
        )
        made = await one.created(title=BOTH, groups=[ours])
        number = made["message"]["_id"]
        assert [(await announcement(at))["item"]["title"] for at in (here, there, hers)] == [
            *("Hallo", "Hallo", "Hello")
        ]
        await Caller(other, hans.token, hans.person).confirm(f"{number}.1")
        for socket in (here, there):
            assert (await announcement(socket))["item"]["is_read"]
        await Caller(other, one.token, one.person).changed(number, 2, groups=[])
        for socket in (here, there, hers):
            assert (await announcement(socket))["deleted"]
            await socket.close()
