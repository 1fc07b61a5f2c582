"""Every setting of the inbox, for messages and for notices (contract 1.9)."""

from typing import Any

import pytest

from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox, both_kinds, ids_of, with_settings
from tests.sites import Site

FORBIDDEN = {"detail": "You do not have permission to perform this action."}


@with_settings(recipients="strict")
@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_strict_recipients(site: Site, kind: str) -> None:
    """All that are wrong are named, each once and ascending; oneself is wrong."""
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, kind)
    huge = 2**64
    for wanted, wrong in (
        ([860, bob.id, 333, 860, admin.id, -5, huge], f"-5, {admin.id}, 333, 860, {huge}"),
        ([admin.id], f"{admin.id}"),
        (["0333.0", bob.id], "333"),
    ):
        answer = await inbox.send(admin, {"content": "x", "recipient_ids": wanted})
        said = {"recipient_ids": [f"Invalid recipients: {wrong}."]}
        assert (answer.status, answer.json) == (400, said)
    assert (await inbox.copies(), await inbox.messages()) == ([], [])
    wanted = [bob.id, carol.id, bob.id]
    answer = await inbox.send(admin, {"content": "x", "recipient_ids": wanted})
    assert (answer.status, answer.json["recipient_ids"]) == (201, [bob.id, carol.id])


@with_settings(items="strict")
@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_strict_items(site: Site, kind: str) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, kind)
    await inbox.sent(admin, "x", bob)
    await inbox.sent(admin, "y", carol)
    own, foreign = (await inbox.ids(bob))["x"], (await inbox.ids(carol))["y"]
    before = await inbox.copies()
    bad = [777_778, own, foreign, 777_777, 777_778]
    said = [f"Invalid {kind}s: {foreign}, 777777, 777778."]
    for action in ("mark-read", "mark-unread", "delete"):
        assert await inbox.change(bob, action, bad) == (400, said)
        assert await inbox.change(bob, action, [777_777]) == (400, [f"Invalid {kind}s: 777777."])
    assert await inbox.copies() == before
    assert await inbox.change(bob, "mark-read", [own, own]) == (200, None)
    assert await inbox.change(bob, "delete", [own, own]) == (204, None)
    assert await inbox.change(bob, "delete", [own]) == (400, [f"Invalid {kind}s: {own}."])


@with_settings(items="strict")
@pytest.mark.gen_test(timeout=30)
async def test_strict_items_of_the_sent_box(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    inbox, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
    await inbox.sent(alice, "x", bob)
    await inbox.sent(bob, "y", alice)
    (own,), (foreign,) = await inbox.get(alice, "sent/"), await inbox.get(bob, "sent/")
    bad = [777_777, own["id"], foreign["id"]]
    said = [f"Invalid messages: {foreign['id']}, 777777."]
    assert await inbox.change(alice, "delete-sent", bad) == (400, said)
    assert await inbox.get(alice, "sent/") == [own]
    assert await inbox.change(alice, "delete-sent", [own["id"]] * 2) == (204, None)
    said = ["Invalid notices: 1, 2."]
    assert await notices.change(alice, "delete-sent", [2, 1, 2]) == (400, said)


@with_settings(send_to_self="true")
@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_sending_to_oneself(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    for wanted in ([admin.id], ids_of([admin, bob])):
        answer = await inbox.send(admin, {"content": "x", "recipient_ids": wanted})
        assert (answer.status, answer.json["recipient_ids"]) == (201, wanted)
    assert await inbox.contents(admin) == ["x", "x"]
    # A copy and a sent message may share their moment and their id: pages show both.
    path = "/inbox/items/?kind=message&kind=sent&kind=notice&limit=1"
    whole = (await site.request("GET", path.replace("=1", "=50"), admin)).json["items"]
    assert len(whole) == (4 if kind == MESSAGE else 2)
    paged: list[Any] = []
    page: Any = {"next": ""}
    while page["next"] is not None:
        page = (await site.request("GET", f"{path}&cursor={page['next']}", admin)).json
        paged += page["items"]
    assert paged == whole
    answer = await site.request("GET", "/inbox/people/?q=admin", admin)
    assert [one["username"] for one in answer.json] == ["admin"]


@with_settings(participant_key="username")
@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_people_by_username(site: Site, kind: str) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "Carol")
    inbox = Inbox(site, kind)
    key = "recipient_usernames"
    for body, said in (
        ({}, {key: ["This field is required."], "content": ["This field is required."]}),
        ({"content": "x", key: []}, {key: ["This list may not be empty."]}),
        ({"content": "x", key: "bob"}, {key: ['Expected a list of items but got type "str".']}),
        ({"content": "x", key: [True, "\0"]}, None),
        ({"content": "x", key: ["admin", "carol", "nobody"]}, {key: ["No valid recipients."]}),
        ({"content": "x", "recipient_ids": [bob.id]}, {key: ["This field is required."]}),
    ):
        answer = await inbox.send(admin, body)
        assert answer.status == 400
        assert said is None or answer.json == said
    wanted = ["Carol", " bob ", "nobody", "bob", "admin", 5]
    answer = await inbox.send(admin, {"content": "x", key: wanted})
    assert (answer.status, answer.json) == (201, {key: ["bob", "Carol"], "content": "x"})
    (item,) = await inbox.get(bob)
    if kind == MESSAGE:
        assert item["sender"] == {"username": "admin"}
        (sent,) = await inbox.get(admin, "sent/")
        assert sent["recipients"] == [{"username": "bob"}, {"username": "Carol"}]
        for query in (f"sender__id={admin.id}", "sender__username=admin"):
            assert await inbox.get(bob, f"?{query}") == [item]
        for query in (f"recipient_id={carol.id}", "recipient_username=Carol"):
            assert await inbox.get(admin, f"sent/?{query}") == [sent]
    answer = await site.request("GET", "/inbox/items/?kind=message&kind=sent", admin)
    assert all("id" not in one for item in answer.json["items"] for one in item["recipients"])


@pytest.mark.parametrize(
    "environ",
    [
        {
            "CARILLON_INBOX_MESSAGES_PARTICIPANT_KEY": "username",
            "CARILLON_INBOX_MESSAGES_RECIPIENTS": "strict",
        }
    ],
)
@pytest.mark.gen_test(timeout=30)
async def test_strict_recipients_by_username(site: Site) -> None:
    alice, _ = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    wanted = ["zed", "bob", "alice", "Bob", "zed"]
    answer = await inbox.send(alice, {"content": "x", "recipient_usernames": wanted})
    said = {"recipient_usernames": ["Invalid recipients: Bob, alice, zed."]}
    assert (answer.status, answer.json) == (400, said)
    assert await inbox.copies() == []


ROUTES = {
    "send": ("POST", "send/"),
    "mark_read": ("PATCH", "mark-read/"),
    "mark_unread": ("PATCH", "mark-unread/"),
    "delete": ("DELETE", "delete/"),
    "delete_sent": ("DELETE", "delete-sent/"),
    "list": ("GET", ""),
    "list_read": ("GET", "read/"),
    "list_unread": ("GET", "unread/"),
    "list_sent": ("GET", "sent/"),
    "detail": ("GET", "1/"),
    "detail_sent": ("GET", "sent/1/"),
}


def _permitted(*actions: str) -> dict[str, str]:
    return {
        f"CARILLON_INBOX_{plural}_PERMISSIONS_{name.upper()}": (
            "admin" if name in actions else "signed_in"
        )
        for plural in ("MESSAGES", "NOTICES")
        for name in ROUTES
    }


@pytest.mark.parametrize(
    "environ",
    [
        _permitted(*list(ROUTES)[::2]),
        _permitted(*list(ROUTES)[1::2]),
        _permitted("list", "delete", "detail"),
        _permitted(),
    ],
    ids=["even", "odd", "some", "none"],
)
@pytest.mark.gen_test(timeout=30)
async def test_each_permission(site: Site, environ: dict[str, str]) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    for kind in (MESSAGE, NOTICE):
        for name, (verb, path) in ROUTES.items():
            key = f"CARILLON_INBOX_{kind.upper()}S_PERMISSIONS_{name.upper()}"
            for who in (admin, bob):
                answer = await site.request(verb, f"/{kind}s/{path}", who, body={})
                is_refused = environ[key] == "admin" and who is bob
                assert (key, who.name, answer.status == 403) == (key, who.name, is_refused)
                assert not is_refused or answer.json == FORBIDDEN


@with_settings(delete_hanging="false")
@pytest.mark.gen_test(timeout=30)
async def test_what_hangs_may_be_kept(site: Site) -> None:
    """No answer differs; what nobody sees any more stays in the store."""
    alice, bob, carol = await site.people("alice", "bob", "carol")
    admin = await site.admin()
    inbox, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
    await inbox.sent(alice, "m", bob, carol)
    await notices.sent(admin, "n", bob)
    (sent,) = await inbox.get(alice, "sent/")
    assert await inbox.change(alice, "delete-sent", [sent["id"]]) == (204, None)
    for who in (bob, carol):
        await inbox.done(who, "delete", "m")
    await notices.done(bob, "delete", "n")
    assert await inbox.get(bob) == await inbox.get(alice, "sent/") == await notices.get(bob) == []
    (message,) = await inbox.messages()
    assert (message["content"], message["recipients"]) == ("m", [bob.id, carol.id])
    assert [one["content"] for one in await notices.copies()] == ["n"]
    assert [one.get("content") for one in await inbox.copies()] == [None, None]
    await site.app.accounts.delete(alice.id)
    (message,) = await inbox.messages()
    assert (message["sender"], message["content"]) == (None, "m")


@pytest.mark.parametrize("environ", [{"CARILLON_INBOX_UNAUTHENTICATED": "401"}])
@pytest.mark.gen_test(timeout=30)
async def test_401_instead_of_403(site: Site) -> None:
    bob, gone = await site.person("bob"), await site.person("gone", is_active=False)
    for header, detail in {
        "": "Authentication credentials were not provided.",
        f"Bearer {bob.token}": "Authentication credentials were not provided.",
        f"Token {'0' * 40}": "Invalid token.",
        "Token": "Invalid token header. No credentials provided.",
        f"Token {gone.token}": "User inactive or deleted.",
    }.items():
        for verb, path in (("GET", "/messages/"), ("PUT", "/notices/send/")):
            headers = {"Authorization": header} if header else {}
            answer = await site.request(verb, path, headers=headers)
            assert (header, answer.status, answer.json) == (header, 401, {"detail": detail})
            assert answer.headers["WWW-Authenticate"] == "Token"
    answer = await site.request("POST", "/notices/send/", bob, body={})
    assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("environ", [{"CARILLON_MOUNTS_INBOX": "/api/inbox"}])
@pytest.mark.gen_test(timeout=30)
async def test_the_inbox_may_be_mounted_elsewhere(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    body = {"content": "x", "recipient_ids": [bob.id]}
    for n in range(2):
        answer = await site.request("POST", "/api/inbox/messages/send/", alice, body=body)
        assert (n, answer.status) == (n, 201)
    answer = await site.request("GET", "/api/inbox/messages/?cursor=&limit=1", bob)
    link = answer.headers["Link"].partition(">")[0].removeprefix(f"<{site.base}")
    assert link.startswith("/api/inbox/messages/?cursor=")
    assert len((await site.request("GET", link, bob)).json) == 1
    assert (await site.request("GET", "/messages/", bob)).status == 404
