"""Changes and messages in the inboxes of subscribers who are users here, at once and once."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from domain.errors import Unavailable
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import subscribe
from tests.handlers.alert_posts import NOW, QUIET, TAGS, mails, publish, tell
from tests.handlers.inbox_calls import NOTICE, Inbox
from tests.sites import Person, Site


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def environ() -> dict[str, str]:
    return {}


@pytest.fixture
def site(
    io_loop: Any,
    store_uris: StoreUris,
    database_name: str,
    clock: HandClock,
    environ: dict[str, str],
) -> Iterator[Site]:
    environ = {"CARILLON_ALERTS_WEBSITE_ROOT": "https://www.example.org", **environ}
    made = Site(settings_for(database_name, **environ), store_uris, wall=clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def inbox(site: Site, who: Person) -> list[Any]:
    """What his notices say, and where they came from, the newest first."""
    answer = await site.request("GET", "/inbox/items/?kind=notice", who)
    return [(one["content"], one["origin"]) for one in answer.json["items"]]


@pytest.mark.gen_test
async def test_a_content_rings_once_whatever_the_frequency(site: Site) -> None:
    caller = await publisher(site)
    ann = await site.person("ann", email="Ann@Example.org", email_verified=True)
    bob = await site.person("bob", email="bob@example.org")  # nobody knows whether it is his
    one = await caller.listed(title="Oil", tags=TAGS, url="/oil")
    two = await caller.listed(title="Advice", document_type="travel_advice")
    for address in ("ann@example.org", "bob@example.org"):
        await subscribe(caller, one["id"], address, frequency="weekly", **QUIET)
    await subscribe(caller, two["id"], "ann@example.org", frequency="daily", **QUIET)

    socket = await site.socket(ann)
    content = await publish(caller)
    frame = await socket.change("notice")
    origin = {
        "area": "alerts",
        "id": content,
        "title": "Travel *advice*",
        "url": "https://www.example.org/government/travel",
        "list": {"id": two["id"], "title": "Advice", "url": None},  # of his two the later one
    }
    assert (frame["item"]["content"], frame["origin"]) == ("A note of change", origin)
    assert await mails(site) == []

    # Done again from the beginning it changes nothing.
    alerts = site.app.alerts
    found = await alerts.stores.contents.get("content_change", content)
    assert found is not None
    assert found["rung"] == 2
    for again in (found, {**found, "rung": 0}):
        await alerts.ringing.ring("content_change", again, [one["id"], two["id"]])
    told = await tell(caller)
    oil = {"id": one["id"], "title": "Oil", "url": "https://www.example.org/oil"}
    news = {"area": "alerts", "id": told, "title": "News", "url": None, "list": oil}
    assert await inbox(site, ann) == [("Read this.", news), ("A note of change", origin)]
    assert await inbox(site, bob) == []

    # Whoever is let go hears of it in the same way as by e-mail.
    goodbye = {"body": "It ends.", "sender_message_id": "8f3e7d5c-2b1a-4c6d-9e8f-0a1b2c3d4e5f"}
    path = f"/subscriber-lists/{one['slug']}/bulk-unsubscribe"
    assert (await caller.ask("POST", path, goodbye)).status == 202
    assert (await socket.change("notice"))["item"]["content"] == "Read this."
    assert (await socket.change("notice"))["item"]["content"] == "It ends."
    await socket.close()

    await Inbox(site, NOTICE).sent(await site.admin(), "Not of alerts.", ann)
    for query, wanted in {"kind=notice": 4, "origin=alerts": 3, "origin=stages": 0}.items():
        shown = await site.request("GET", f"/inbox/items/?{query}", ann)
        assert (query, len(shown.json["items"])) == (query, wanted)


@pytest.mark.gen_test
async def test_a_process_that_dies_between_two_windows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await publisher(site)
    people = [
        await site.person(f"p{n}", email=f"p{n}@example.org", email_verified=True) for n in range(6)
    ]
    one = await caller.listed(tags=TAGS)
    for n in range(6):
        await subscribe(caller, one["id"], f"p{n}@example.org", **QUIET)
    alerts = site.app.alerts
    noted, deaths = [0], 0

    async def dying(kind: str, content: str, until: int) -> None:
        nonlocal deaths
        deaths += 1
        if deaths in (2, 4):
            raise Unavailable
        noted.append(until)

    monkeypatch.setattr(alerts.stores.contents, "note_rung", dying)
    monkeypatch.setattr("domain.spans.FEW", -1)
    content = {"_id": "c", "title": "T", "change_note": "N", "base_path": "/p"}
    for width in (2, 3, 4):  # windows need not be the same the second time
        monkeypatch.setattr("domain.spans.FIRST", width)
        with suppress(Unavailable):
            found = {**content, "rung": noted[-1]}
            await alerts.ringing.ring("content_change", found, [one["id"]])
    assert (deaths, noted) == (5, [0, 2, 4, 6])
    for person in people:
        assert [text for text, _ in await inbox(site, person)] == ["N"], person


class TestTurnedOff:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_ALERTS_RING_INBOX": "false"}

    @pytest.mark.gen_test
    async def test_nothing_rings(self, site: Site) -> None:
        caller = await publisher(site)
        ann = await site.person("ann", email="ann@example.org", email_verified=True)
        one = await caller.listed(tags=TAGS)
        await subscribe(caller, one["id"], "ann@example.org", **QUIET)
        await publish(caller)
        assert len(await mails(site)) == 1
        assert await inbox(site, ann) == []
