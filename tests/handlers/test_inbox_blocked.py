"""/inbox/blocked/: a blocked or muted sender, who cannot tell."""

from typing import Any

import pytest

from services.inbox_kinds import runs
from tests.sites import Person, Site


@pytest.mark.parametrize(
    ("to", "without", "stretches"),
    [
        ((1, 2, 3), (), [(0, (1, 2, 3))]),
        ((1, 2, 3), (2,), [(0, (1,)), (2, (3,))]),
        ((1, 2, 3), (1, 3), [(1, (2,))]),
        ((1, 2), (1, 2), []),
        ((1, 2, 3, 4), (2, 3, 9), [(0, (1,)), (3, (4,))]),
    ],
)
def test_stretches(to: Any, without: Any, stretches: Any) -> None:
    assert runs(to, frozenset(without)) == stretches


async def contents(site: Site, who: Person, query: str = "") -> list[str]:
    answer = await site.request("GET", f"/messages/{query}", who)
    return [one["content"] for one in answer.json]


async def receipts(site: Site, who: Person, answer: Any) -> Any:
    sent = (await site.request("GET", "/messages/sent/", who)).json
    found = next(one for one in sent if one["content"] == answer.json["content"])
    page = await site.request("GET", f"/messages/sent/{found['id']}/receipts/", who)
    return [
        {key: one[key] for key in one if key not in ("devices", "recipient", "revision")}
        for one in page.json["receipts"]
    ]


@pytest.mark.gen_test(timeout=30)
async def test_what_a_blocked_sender_sends_does_not_come_and_says_nothing_of_it(site: Site) -> None:
    eve, ann, bob, mia = await site.people("eve", "ann", "bob", "mia")
    assert (await site.request("GET", "/inbox/blocked/")).status == 401
    path = f"/inbox/blocked/{eve.id}/"
    shown = await site.request("PUT", path, bob, body={})
    entry = {"user": {"id": eve.id, "username": "eve"}, "mode": "block", "since": ...}
    assert (shown.status, {**shown.json, "since": ...}) == (200, entry)
    assert (await site.request("PUT", path, mia, body={"mode": "mute"})).status == 200
    assert (await site.request("GET", "/inbox/blocked/", bob)).json == {"blocked": [shown.json]}
    sockets = {who: await site.socket(who) for who in (ann, bob, mia)}
    answer = await site.send(eve, "psst", ann, bob, mia)
    assert answer.json == {"recipient_ids": [ann.id, bob.id, mia.id], "content": "psst"}
    assert [await contents(site, who) for who in (ann, bob, mia)] == [["psst"], [], ["psst"]]
    assert await contents(site, mia, "unread/") == []
    sent = (await site.request("GET", "/messages/sent/", eve)).json
    assert [one["id"] for one in sent[0]["recipients"]] == [ann.id, bob.id, mia.id]
    rows = await receipts(site, eve, answer)
    assert rows[1:] == [rows[0]] * 2
    assert (await sockets[ann].change("message"))["item"]["is_read"] is False
    assert (await sockets[mia].change("message"))["item"]["is_read"] is True
    assert (await site.request("DELETE", path, bob)).status == 204
    assert (await site.request("DELETE", path, bob)).status == 404
    await site.send(eve, "hello", bob)
    assert (await sockets[bob].change("message"))["item"]["content"] == "hello"
    again = await site.socket(bob, since=sockets[bob].hello["cursor"])
    assert (await again.change("message"))["item"]["content"] == "hello"
    assert await contents(site, bob) == ["hello"]
    for socket in (*sockets.values(), again):
        await socket.close()


@pytest.mark.gen_test
async def test_what_cannot_be_blocked(site: Site) -> None:
    ann, bob = await site.people("ann", "bob")
    for path, body, status, said in (
        (f"/inbox/blocked/{ann.id}/", {}, 400, {"user": ["You cannot block yourself."]}),
        ("/inbox/blocked/99/", {}, 404, {"detail": "Not found."}),
        (
            f"/inbox/blocked/{bob.id}/",
            {"mode": "hate"},
            400,
            {"mode": ['Must be "block" or "mute".']},
        ),
    ):
        answer = await site.request("PUT", path, ann, body=body)
        assert (answer.status, answer.json) == (status, said)
    assert (await site.request("GET", "/inbox/blocked/", ann)).json == {"blocked": []}
