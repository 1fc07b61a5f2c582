"""Large sends: many recipients, large contents, and memory that both leave alone.

`make large` sends to 40,000 people, as the contract's recordings do; here they are fewer.
"""

import os
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest

from domain.filters import SentFilters
from domain.items import MESSAGE as KIND
from models.database import Document
from services.inbox import Sending
from services.inbox_kinds import CHUNK, CHUNK_BYTES
from services.items import RECIPIENTS_SHOWN_LIVE
from tests.conftest import StoreUris
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox
from tests.sites import Person, Site

MANY = int(os.environ.get("LARGE_SEND", "2500"))
MIB = 2**20
FIRST = 1_000_000_000


@pytest.fixture(scope="module")
def store_uris(fresh_mongodb_uri: str, redis_uri: str) -> StoreUris:
    return StoreUris(fresh_mongodb_uri, redis_uri)


async def crowd(site: Site, count: int) -> list[int]:
    """The ids of so many new users, made in one go."""
    users = [
        {"_id": FIRST + n, "username": f"u{n}", "is_active": True, "since": 1, "stays": []}
        for n in range(count)
    ]
    collection = site.carillon.database.collection("accounts_users")
    for start in range(0, count, 5_000):
        await collection.insert_missing(users[start : start + 5_000])
    return [FIRST + n for n in range(count)]


def watch(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """(copies, bytes of content) of every write of copies from now on."""
    written: list[tuple[int, int]] = []
    deliveries: Any = site.carillon._stores.deliveries
    add = deliveries.add

    async def observed(copies: Sequence[Document]) -> None:
        written.append((len(copies), sum(len(one["content"].encode()) for one in copies)))
        await add(copies)

    monkeypatch.setattr(deliveries, "add", observed)
    return written


@pytest.mark.timeout(300)
@pytest.mark.gen_test(timeout=280)
async def test_a_send_to_thousands(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, last = await site.people("alice", "last")
    wanted = [*await crowd(site, MANY), last.id]
    hers, his = await site.socket(alice), await site.socket(last)
    written = watch(site, monkeypatch)
    sender = await site.app.identities.user(alice.id)
    outcome = await site.app.inbox.send(KIND, Sending(sender, "to all", wanted=wanted[::-1]))
    assert outcome.answer == {"recipient_ids": sorted(wanted), "content": "to all"}
    assert [count for count, _ in written[:-1]] == [CHUNK] * (MANY // CHUNK)
    copies = await Inbox(site, MESSAGE).copies()
    assert [one["user"] for one in copies] == sorted(wanted)
    assert copies[-1]["_id"] - copies[0]["_id"] == MANY
    assert (await his.change())["item"]["content"] == "to all"
    shown = (await hers.change("sent"))["item"]
    assert len(shown["recipients"]) == RECIPIENTS_SHOWN_LIVE
    assert shown["recipients_total"] == MANY + 1
    page = (await site.request("GET", f"/live/changes?since={hers.cursor}", alice)).json
    assert [one["item"] for one in page["changes"] if one["kind"] == "sent"] == [shown]
    (sent,), names = await site.app.inbox.mailboxes.sent(sender, SentFilters())
    assert list(sent.recipients) == sorted(wanted) == sorted(names)
    await hers.close()
    await his.close()


@pytest.mark.gen_test(timeout=55)
async def test_large_contents_go_out_in_small_writes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    wanted = await crowd(site, 40)
    written = watch(site, monkeypatch)
    sender = await site.app.identities.user(admin.id)
    content = "ü" + "x" * (2 * MIB)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        await site.app.inbox.send(NOTICE, Sending(sender, content, wanted=[*wanted, bob.id]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(count for count, _ in written) == 41
    assert max(size for _, size in written) <= CHUNK_BYTES
    assert peak - before < 60 * MIB  # the copies together are 82
    (item,) = await Inbox(site, NOTICE).get(bob)
    assert item["content"] == content


async def _refused(site: Site, who: Person, body: Any) -> None:
    answer = await site.request("POST", "/messages/send/", who, body=body)
    said = {"detail": "Content times recipients is more than one send may write."}
    assert (answer.status, answer.json) == (413, said)
    assert await Inbox(site, MESSAGE).copies() == []


@pytest.mark.gen_test(timeout=55)
async def test_what_would_fill_the_store_is_refused(site: Site) -> None:
    """A content of megabytes to thousands; nothing of it is written."""
    alice = await site.person("alice")
    wanted = await crowd(site, 600)
    await _refused(site, alice, {"content": "x" * (2 * MIB), "recipient_ids": wanted})
