"""Sending messages and notices (contract 1.6)."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox, both_kinds, ids_of
from tests.sites import Site

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
JSON = {"Content-Type": "application/json"}


@pytest.mark.gen_test(timeout=30)
async def test_the_seeds_example_of_a_message(site: Site) -> None:
    me, five, eight, more = await site.people("me", "five", "eight", "twenty_six")
    inbox = Inbox(site, MESSAGE)
    body = {"content": "Hello there", "recipient_ids": ids_of([five, eight, more])}
    answer = await inbox.send(me, body)
    assert (answer.status, answer.json) == (201, body)
    assert answer.headers["Content-Type"] == "application/json"
    (received,) = await inbox.get(eight)
    assert INSTANT.fullmatch(received.pop("sent_on"))
    assert received == {
        "id": received["id"],
        "is_read": False,
        "content": "Hello there",
        "sender": {"id": me.id, "username": "me"},
    }
    (sent,) = await inbox.get(me, "sent/")
    assert INSTANT.fullmatch(sent.pop("sent_on"))
    assert sent == {
        "id": sent["id"],
        "content": "Hello there",
        "recipients": [
            {"id": five.id, "username": "five"},
            {"id": eight.id, "username": "eight"},
            {"id": more.id, "username": "twenty_six"},
        ],
    }


@pytest.mark.gen_test(timeout=30)
async def test_the_seeds_example_of_a_notice(site: Site) -> None:
    admin, (seven, eight) = await site.admin(), await site.people("seven", "eight")
    inbox = Inbox(site, NOTICE)
    body = {"content": "Maintenance coming up", "recipient_ids": ids_of([seven, eight])}
    answer = await inbox.send(admin, body)
    assert (answer.status, answer.json) == (201, body)
    (received,) = await inbox.get(seven)
    assert INSTANT.fullmatch(received.pop("sent_on"))
    assert received == {
        "id": received["id"],
        "is_read": False,
        "content": "Maintenance coming up",
    }


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_one_copy_for_each_and_ids_of_one_sequence(site: Site, kind: str) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    inbox, other = Inbox(site, kind), Inbox(site, NOTICE if kind == MESSAGE else MESSAGE)
    await inbox.sent(admin, "one", alice, bob)
    await other.sent(admin, "two", alice)
    copies = await inbox.copies()
    assert [(one["user"], one["content"], one["is_read"]) for one in copies] == [
        (alice.id, "one", False),
        (bob.id, "one", False),
    ]
    ids = [one["_id"] for one in (*copies, *await other.copies())]
    assert len(set(ids)) == 3
    messages = await inbox.messages()
    assert [one["recipients"] for one in messages] == [
        [alice.id, bob.id] if kind == MESSAGE else [alice.id]
    ]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_only_those_who_exist_are_kept(site: Site, kind: str) -> None:
    """In ascending order, each once; a deactivated account is a recipient like others."""
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    away = await site.person("away", is_active=False)
    inbox = Inbox(site, kind)
    wanted = [away.id, 777_777, bob.id, admin.id, -1, 0, 2**63, bob.id, alice.id]
    answer = await inbox.send(admin, {"content": "x", "recipient_ids": wanted})
    kept = sorted(ids_of([alice, bob, away]))
    assert (answer.status, answer.json) == (201, {"recipient_ids": kept, "content": "x"})
    assert [one["user"] for one in await inbox.copies()] == kept


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_nobody_left_sends_nothing(site: Site, kind: str) -> None:
    admin, other = await site.admin(), await site.person("other")
    inbox = Inbox(site, kind)
    for wanted in ([admin.id], [admin.id, 777_777], [777_777, 888_888], [0, -other.id]):
        answer = await inbox.send(admin, {"content": "x", "recipient_ids": wanted})
        said = {"recipient_ids": ["No valid recipients."]}
        assert (wanted, answer.status, answer.json) == (wanted, 400, said)
    assert (await inbox.copies(), await inbox.messages()) == ([], [])


CONTENTS: list[tuple[Any, str]] = [
    ("  \n padded\t", "padded"),
    ("in  ner\n\nspace", "in  ner\n\nspace"),
    ("<b>&amp;</b> ☎ 👩‍👩‍👧 e\u0301 \u202e", "<b>&amp;</b> ☎ 👩‍👩‍👧 e\u0301 \u202e"),
    (304, "304"),
    (3.05, "3.05"),
    ("null", "null"),
    ("x" * 70_000, "x" * 70_000),
]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_contents_and_ids_are_tidied(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    for given, kept in CONTENTS:
        answer = await inbox.send(admin, {"content": given, "recipient_ids": [bob.id]})
        assert (answer.status, answer.json["content"]) == (201, kept)
    assert await inbox.contents(bob) == [kept for _, kept in reversed(CONTENTS)]
    for one in (str(bob.id), f" {bob.id} ", float(bob.id), f"{bob.id}.0", f"0{bob.id}"):
        answer = await inbox.send(admin, {"content": "x", "recipient_ids": [one]})
        assert (one, answer.status, answer.json["recipient_ids"]) == (one, 201, [bob.id])


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_unknown_keys_set_nothing(site: Site, kind: str) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    inbox = Inbox(site, kind)
    more = {"id": 99, "is_read": True, "sender": alice.id, "sent_on": "2000-01-01T00:00:00Z"}
    body = {**more, "is_removed": True, "content": "x", "recipient_ids": [bob.id]}
    assert (await inbox.send(admin, body)).status == 201
    (item,) = await inbox.get(bob)
    assert (item["is_read"], item["sent_on"] > "2020") == (False, True)
    if kind == MESSAGE:
        assert item["sender"] == {"id": admin.id, "username": "admin"}


@pytest.mark.gen_test(timeout=30)
async def test_a_message_has_no_audience_and_no_end(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    body = {"content": "x", "recipient_ids": [bob.id], "expires_at": "nonsense"}
    answer = await Inbox(site, MESSAGE).send(alice, {**body, "audience": "everyone"})
    assert (answer.status, answer.json["recipient_ids"]) == (201, [bob.id])
    body = {"content": "x", "audience": "everyone"}
    answer = await Inbox(site, MESSAGE).send(alice, body)
    assert (answer.status, answer.json) == (400, {"recipient_ids": ["This field is required."]})


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_forms_repeat_the_key(site: Site, kind: str) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    inbox = Inbox(site, kind)
    pairs = [("recipient_ids", alice.id), ("recipient_ids", bob.id), ("content", " form ")]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/{kind}s/send/"
    answer = await site.request("POST", path, admin, body=urlencode(pairs).encode(), headers=form)
    said = {"recipient_ids": ids_of([alice, bob]), "content": "form"}
    assert (answer.status, answer.json) == (201, said)
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = "".join(part.format(*pair) for pair in pairs)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    body = f"{parts}--b--\r\n".encode()
    answer = await site.request("POST", path, admin, body=body, headers=headers)
    assert (answer.status, answer.json) == (201, said)
    assert await inbox.contents(bob) == ["form", "form"]
    answer = await site.request("POST", path, admin, body=b"content=x", headers=form)
    assert (answer.status, answer.json) == (400, {"recipient_ids": ["This field is required."]})


@pytest.mark.gen_test(timeout=30)
async def test_notices_are_for_administrators(site: Site) -> None:
    """Who may not send is told so before his body is looked at; all rights do not help."""
    user, root = await site.person("user"), await site.person("root", rights=("system.root",))
    said = {"detail": "You do not have permission to perform this action."}
    for who in (user, root):
        bodies: list[Any] = [{"content": "x", "recipient_ids": [who.id]}, [], {}]
        for body in bodies:
            answer = await Inbox(site, NOTICE).send(who, body)
            assert (who.name, answer.status, answer.json) == (who.name, 403, said)
        path = "/notices/send/"
        answer = await site.request("GET", path, who)
        assert (answer.status, answer.json) == (403, said)
    assert await Inbox(site, NOTICE).copies() == []


@pytest.mark.gen_test(timeout=30)
async def test_the_same_message_twice_is_two(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    for _ in range(2):
        await site.send(alice, "again", bob)
    assert await Inbox(site, MESSAGE).contents(bob) == ["again", "again"]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_an_answer_carries_the_revision_of_what_was_sent(site: Site, kind: str) -> None:
    """Handed back as `Carillon-After` it keeps a sender's order, whatever the wall clock says."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    first = int((await inbox.sent(admin, "one", bob)).headers["Carillon-Revision"])
    (copy,) = await inbox.copies()
    assert copy["revision"] == copy["sent_on"] == first
    ahead = first + 30_000_000
    body = {"content": "two", "recipient_ids": [bob.id]}
    answer = await inbox.send(admin, body, **{"Carillon-After": str(ahead)})
    assert int(answer.headers["Carillon-Revision"]) > ahead
    for wrong in ("soon", "9" * 16, "-5", "²", ""):
        answer = await inbox.send(admin, body, **{"Carillon-After": wrong})
        assert answer.status == 201
        assert int(answer.headers["Carillon-Revision"]) < ahead + 30_000_000


@pytest.mark.gen_test(timeout=30)
async def test_a_large_content_is_kept_whole(site: Site) -> None:
    """The contract stored 4 MB; the limit of a body is the only one."""
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    limit = site.settings.server.max_body_bytes
    for size in (4 * 2**20, limit - 100):
        content = "é" + "x" * (size - 2)
        body = json.dumps(
            {"content": content, "recipient_ids": [bob.id]}, ensure_ascii=False
        ).encode()
        assert len(body) <= limit
        key = {"Idempotency-Key": str(size)}
        for _ in range(2):
            headers = {**JSON, **key}
            answer = await site.request(
                "POST", "/messages/send/", alice, body=body, headers=headers
            )
            assert (answer.status, answer.json["content"] == content) == (201, True)
        (item,) = await inbox.get(bob, "unread/")
        assert item["content"] == content
        await inbox.change(bob, "delete", [item["id"]])


@pytest.mark.gen_test(timeout=30)
async def test_a_form_that_grows_beyond_what_can_be_stored_is_413(site: Site) -> None:
    """Each broken byte of a form becomes three; nothing may be half done."""
    alice, bob = await site.people("alice", "bob")
    body = f"recipient_ids={bob.id}&content=".encode() + b"\xff" * (6 * 2**20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await site.request("POST", "/messages/send/", alice, body=body, headers=headers)
    assert (answer.status, list(answer.json)) == (413, ["detail"])
    assert await Inbox(site, MESSAGE).copies() == []
