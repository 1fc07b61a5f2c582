"""E-mails from being queued to being caught, by jobs of a whole server; retries, caps, the page."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.clock import HOUR
from domain.mails import DIGEST, IMMEDIATE, NewMail
from tests.conftest import HandClock, StoreUris, settings_for
from tests.relays import Relay
from tests.sites import Site

NEW = NewMail(key="k1", address="Ann@example.org", subject="One", text="Hello *there*.")


async def _caught(site: Site, count: int, address: str | None = None) -> list[Any]:
    found: list[Any] = []

    async def look() -> bool:
        found[:] = await site.app.mail.caught.listed(address)
        return len(found) >= count

    await _until(look)
    return found


async def _until(holds: Any) -> None:
    """As `until`, for what has to be asked."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


@pytest.mark.gen_test
async def test_what_is_queued_is_caught_once_and_shown_to_administrators(site: Site) -> None:
    admin, ann = await site.admin(), await site.person("ann")
    mail = site.app.mail.mail
    email = await mail.queue(NEW)
    assert await mail.queue(replace(NEW, subject="Another")) == email
    await mail.queue(replace(NEW, key="k2", address="bob@example.org", subject="<b>Two</b>"))
    await _caught(site, 2)

    answer = await site.request("GET", "/mail/", admin)
    assert answer.status == 200
    heads = {one["to"]: one for one in answer.json["mails"]}
    assert set(heads) == {"ann@example.org", "bob@example.org"}
    first = heads["ann@example.org"]
    assert (first["subject"], first["email"]) == ("One", email)
    answer = await site.request("GET", "/mail/?to=ANN@example.org&limit=5", admin)
    assert answer.json == {"mails": [first]}

    for name in (first["id"], email, f"{first['id']}/"):
        answer = await site.request("GET", f"/mail/{name}", admin)
        assert answer.json["text"] == "Hello there.\n"
        assert "<em>there</em>" in answer.json["html"]
        assert answer.json["headers"]["To"] == "Ann@example.org"

    page = await site.request("GET", "/mail/", admin, headers={"Accept": "text/html,*/*"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"&lt;b&gt;Two" in page.body
    assert b"<b>" not in page.body
    page = await site.request("GET", f"/mail/{email}", admin, headers={"Accept": "text/html"})
    assert b"iframe sandbox" in page.body

    assert (await site.request("GET", "/mail/", ann)).status == 403
    assert (await site.request("GET", "/mail/")).status == 401
    for name in ("999", "0" * 30, "no-such"):
        assert (await site.request("GET", f"/mail/{name}", admin)).status == 404
    assert (await site.request("GET", "/mail/?limit=0", admin)).status == 400


@pytest.fixture
def relayed(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[tuple[Site, Relay]]:
    """A site with a relay that refuses some, delays that the clock jumps over, and a small cap."""
    refusals = {
        "later@example.org": ["450 busy"],
        "never@example.org": ["550 no such user"],
        "always@example.org": ["451 busy"] * 3,
    }
    relay = Relay(refusals)
    io_loop.run_sync(relay.__aenter__)
    environ = {
        "CARILLON_MAIL_SMTP_URL": relay.url,
        "CARILLON_MAIL_FROM": "Ring <ring@example.org>",
        "CARILLON_MAIL_RETRY_DELAYS_S": "30,300",
        "CARILLON_MAIL_ALLOW": ",".join([*refusals, "ok@example.org"]),
    }
    made = Site(settings_for(database_name, **environ), store_uris, wall=hand_clock)
    io_loop.run_sync(made.__aenter__)
    yield made, relay
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))
    io_loop.run_sync(lambda: relay.__aexit__(None, None, None))


@pytest.mark.expects_log("busy")
@pytest.mark.gen_test
async def test_refusals_retries_and_whom_is_written_to(
    relayed: tuple[Site, Relay], hand_clock: HandClock
) -> None:
    site, relay = relayed
    mail = site.app.mail.mail

    async def status(email: str, expected: str) -> None:
        async def holds() -> bool:
            found = await mail.emails.get(email)
            return found is not None and found.status == expected

        await _until(holds)

    async def queue(name: str, queue: str = IMMEDIATE) -> str:
        new = NewMail(key=name, address=f"{name}@example.org", subject=name, text=name)
        return await mail.queue(replace(new, queue=queue))

    ids = {name: await queue(name) for name in ("later", "never", "always", "other")}
    ids["ok"] = await queue("ok", DIGEST)
    await status(ids["ok"], "sent")
    await status(ids["never"], "failed")
    await status(ids["other"], "sent")
    assert relay.to("other@example.org") == [], "it is not among those who are written to"
    assert [str(one["Subject"]) for one in relay.to("ok@example.org")] == ["ok"]

    async def waits(name: str, attempts: int, state: str = "waiting") -> bool:
        row = await site.carillon._stores.jobs.get(f"mail:{ids[name]}")
        return row is not None and (row.state, row.attempts) == (state, attempts)

    await _until(lambda: waits("later", 1))
    await _until(lambda: waits("always", 1))
    hand_clock.move(31)
    await status(ids["later"], "sent")
    await _until(lambda: waits("always", 2))
    hand_clock.move(301)
    await _until(lambda: waits("always", 3, "dead"))
    await status(ids["always"], "pending")
    assert await mail.recover() == 0, "it was not pending for three hours"
    hand_clock.move(3 * HOUR / 1_000_000)
    assert await mail.recover() == 1
    await status(ids["always"], "sent")
    assert len(relay.to("always@example.org")) == 1
    assert len(relay.to("later@example.org")) == 1
    assert relay.to("never@example.org") == []


@pytest.mark.gen_test
async def test_the_cap_puts_off_what_is_not_urgent(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    environ = {"CARILLON_ALERTS_EMAILS_PER_MINUTE": "1"}
    async with Site(settings_for(database_name, **environ), store_uris, wall=hand_clock) as site:
        mail, jobs = site.app.mail.mail, site.carillon._stores.jobs
        urgent = [replace(NEW, key=f"u{n}", address=f"u{n}@example.org") for n in range(3)]
        bulk = [replace(NEW, key=f"b{n}", address="b@example.org", queue=DIGEST) for n in range(2)]
        await mail.queue_all(urgent)
        await mail.queue_all(bulk)
        await _caught(site, 4)

        async def is_put_off() -> bool:
            rows = [await jobs.get(f"mail:{one.id}") for one in bulk]
            waits = [row for row in rows if row is not None and row.state == "waiting"]
            return len(waits) == 1 and waits[0].attempts == 0 and waits[0].due_at > hand_clock.at

        await _until(is_put_off)
        assert len(await site.app.mail.caught.listed("b@example.org")) == 1
        hand_clock.move(360)
        await _caught(site, 2, "b@example.org")
