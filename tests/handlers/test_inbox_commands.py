"""How many commands to the database each use of the inbox costs: every one is a round trip."""

from typing import Any

import pytest

from domain.items import MESSAGE as KIND
from services.inbox import Sending
from tests.commands_sent import counted_site
from tests.conftest import StoreUris
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox, ids_of
from tests.sites import Person, Site

INSERT_RECORD = "insert live_records"
READ_NAMES = "find accounts_users"
READ_WISHES = "find accounts_users"  # which ways notices may go to whom they name
READ_COPIES, COPIES = "find inbox_deliveries", "inbox_deliveries"
MARKS = [READ_COPIES, INSERT_RECORD, "update inbox_deliveries", READ_COPIES]
STANDING = ["find inbox_notices", "find inbox_receipts"]


@pytest.fixture(scope="module")
def store_uris(fresh_mongodb_uri: str, redis_uri: str) -> StoreUris:
    return StoreUris(fresh_mongodb_uri, redis_uri)


async def crowd(site: Site, count: int) -> list[Any]:
    """The ids of so many new users, made in one go."""
    users = [{"_id": 10_000 + n, "username": f"u{n}", "is_active": True} for n in range(count)]
    assert await site.app.accounts.store.users.add_all(users) == count
    return [one["_id"] for one in users]


async def warm(site: Site, *people: Person) -> None:
    """Tokens and names that were just used, and blocks of ids that were just taken."""
    for one in people:
        assert (await site.request("GET", "/messages/", one)).status == 200
    await site.app.inbox.mailboxes.named(one.id for one in people)
    await site.send(people[0], "warm", people[1])


@pytest.mark.gen_test(timeout=60)
async def test_what_each_use_costs(store_uris: StoreUris, database_name: str) -> None:
    async with counted_site(store_uris, database_name) as (site, commands):
        admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
        many = await crowd(site, 500)
        await warm(site, admin, alice, bob)
        messages, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
        counted = commands.counted

        with counted(INSERT_RECORD, "insert inbox_messages", f"insert {COPIES}"):
            await messages.sent(alice, "one", bob)
        taken = "findAndModify counters"  # a block of ids for so many
        inserts = [INSERT_RECORD, "insert inbox_messages", f"insert {COPIES}"]
        with counted(READ_NAMES, READ_NAMES, taken, *inserts):
            await messages.send(alice, {"content": "500", "recipient_ids": many})
        assert len(await messages.copies(content="500")) == 500
        with counted(READ_WISHES, INSERT_RECORD, f"insert {COPIES}"):
            await notices.sent(admin, "notice", bob)
        with counted("insert audit_entries", INSERT_RECORD, "insert inbox_notices"):
            await notices.send(admin, {"content": "all", "audience": "everyone"})

        with counted(READ_COPIES):
            (one, *_) = await messages.get(bob)
        with counted(READ_COPIES):
            await messages.get(bob, f"{one['id']}/")
        with counted(READ_COPIES, *STANDING):
            all_, notice = await notices.get(bob)
        with counted(READ_COPIES):
            await notices.get(bob, f"{notice['id']}/")
        with counted(READ_COPIES, *STANDING):
            await notices.get(bob, f"{all_['id']}/")
        with counted("find inbox_messages"):
            await messages.get(alice, "sent/?content=one")

        with counted(*MARKS):
            await messages.change(bob, "mark-read", [one["id"]])
        with counted(READ_COPIES, "update inbox_deliveries"):  # that all stays is decided (ADR 5)
            await messages.change(bob, "mark-read", [one["id"]])
        with counted(*MARKS):
            await messages.change(bob, "delete", [one["id"]])
        with counted(*MARKS):
            await notices.change(bob, "mark-read", [notice["id"]])
        receipts = ["insert inbox_receipts", "update inbox_receipts", "find inbox_receipts"]
        with counted(READ_COPIES, *STANDING, INSERT_RECORD, *receipts, "find inbox_notices"):
            await notices.change(bob, "mark-read", [all_["id"]])
        (sent, _) = await messages.get(alice, "sent/")
        gone = ["find inbox_messages", INSERT_RECORD, "update inbox_messages"]
        with counted(*gone, "find inbox_messages"):
            await messages.change(alice, "delete-sent", [sent["id"]])


@pytest.mark.gen_test(timeout=60)
async def test_what_the_page_costs(store_uris: StoreUris, database_name: str) -> None:
    """A short mailbox is read to its end in six windows, however old its account is.

    Each window asks for two kinds in two states, all at once.
    """
    async with counted_site(store_uris, database_name) as (site, commands):
        alice, bob = await site.people("alice", "bob")
        await warm(site, alice, bob)
        with commands.counted(*[READ_COPIES] * 6 * 4, "find inbox_notices"):
            await site.request("GET", "/inbox/items/", bob)
        sender = await site.app.identities.user(alice.id)
        for n in range(10):
            await site.app.inbox.send(KIND, Sending(sender, f"{n}", wanted=ids_of([bob])))
        with commands.counted(*[READ_COPIES] * 4, "find inbox_notices"):
            await site.request("GET", "/inbox/items/?limit=5", bob)
        with commands.counted(READ_COPIES):
            await site.request("GET", "/messages/?cursor=&limit=5", bob)
        with commands.counted(READ_NAMES):
            await site.request("GET", "/inbox/people/?q=a", bob)
        with commands.counted("find announcements", "find inbox_notices"):  # and two counts
            await site.request("GET", "/inbox/counts", bob)


@pytest.mark.gen_test(timeout=60)
async def test_what_a_poll_costs(store_uris: StoreUris, database_name: str) -> None:
    """Of a short absence each source is asked once: what is ahead of the clock comes along."""
    async with counted_site(store_uris, database_name) as (site, commands):
        alice, bob = await site.people("alice", "bob")
        await warm(site, alice, bob)
        since = (await site.request("GET", "/live/changes", bob)).json["cursor"]
        own = [READ_COPIES, "find inbox_messages", "find inbox_scheduled"]
        own += ["find inbox_receipts", "find announcements_confirmations"]
        joined = "find announcements"  # the account began in this stretch
        with commands.counted(*own, "find inbox_notices", "find announcements", joined):
            await site.request("GET", f"/live/changes?since={since}", bob)


@pytest.mark.gen_test(timeout=60)
async def test_a_key_costs_one_more(store_uris: StoreUris, database_name: str) -> None:
    async with counted_site(store_uris, database_name) as (site, commands):
        alice, bob = await site.people("alice", "bob")
        await warm(site, alice, bob)
        body = {"content": "x", "recipient_ids": [bob.id]}
        inserts = [INSERT_RECORD, "insert inbox_messages", f"insert {COPIES}"]
        with commands.counted(*inserts):  # and looking for the key's record
            await Inbox(site, MESSAGE).send(alice, body, **{"Idempotency-Key": "k"})
        with commands.counted():
            await Inbox(site, MESSAGE).send(alice, body, **{"Idempotency-Key": "k"})
