"""Contents in e-mails at once: who is written to, once, with what; over HTTP and SMTP."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import links, rows, subscribe, token_in
from tests.handlers.alert_posts import NOW, QUIET, TAGS, caught, mails, processed, publish, tell
from tests.sites import Site


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, clock: HandClock
) -> Iterator[Site]:
    environ = {"CARILLON_ALERTS_WEBSITE_ROOT": "https://www.example.org"}
    made = Site(settings_for(database_name, **environ), store_uris, wall=clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


@pytest.mark.gen_test
async def test_a_change_reaches_whoever_asked_for_it_once(site: Site, clock: HandClock) -> None:
    caller = await publisher(site)
    one = await caller.listed(title="Oil & gas", tags=TAGS)
    two = await caller.listed(title="Advice", document_type="travel_advice")
    other = await caller.listed(title="Other", tags={"topics": {"any": ["gas"]}})
    await subscribe(caller, one["id"], "ann@example.org", **QUIET)
    clock.move(1)
    ann = await subscribe(caller, two["id"], "ann@example.org", **QUIET)
    await subscribe(caller, one["id"], "bob@example.org", frequency="daily", **QUIET)
    await subscribe(caller, other["id"], "cy@example.org", **QUIET)
    dan = await subscribe(caller, one["id"], "dan@example.org", **QUIET)
    await caller.ask("POST", f"/unsubscribe/{dan['id']}", {})

    content = await publish(caller)
    (letter,) = await caught(site, "ann@example.org")
    assert [mail["address"] for mail in await mails(site)] == ["ann@example.org"]
    assert letter.caught.subject == "Update: Travel *advice*"
    expected = (
        "There is an update to something you asked to hear about.\n\nAdvice\n\n---\n\n"
        "Travel *advice*: https://www.example.org/government/travel?utm_source=advice"
        "&utm_medium=email&utm_campaign=carillon-alerts-subscriptions&utm_content=immediately\n\n"
        "Page summary:\nAll about travel\n\nChange made:\nA note of change\n\n"
        "Time updated:\n11:00am, 28 March 2018\n\n---\n\n"
        "You get this e-mail because you asked for each update about:\n\nAdvice\n\nUnsubscribe: "
    )
    assert letter.text.startswith(expected)
    assert "Change your e-mail preferences: https://www.example.org/email/manage/" in letter.text

    (mail,) = await mails(site)
    assert mail["subscription"] == ann["id"]
    unsubscribe, manage = links(mail["text"])[1:]
    assert f"/email/unsubscribe/{ann['id']}?utm_source=advice&" in unsubscribe
    assert "address=ann%40example.org" in manage
    tokens = site.app.alerts.people.tokens
    subscriber = ann["subscriber"]["id"]
    assert tokens.read(token_in(unsubscribe)) == {"subscriber_id": subscriber}
    one_click = letter.headers["List-Unsubscribe"].strip("<>")
    assert f"/email/unsubscribe/one-click/{ann['id']}?" in one_click
    data = {"subscriber_id": subscriber, "one_click": True}
    assert tokens.read(token_in(one_click)) == data
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    shown = await caller.ask("GET", f"/subscriber-lists/{one['slug']}")
    assert shown.json["subscriber_list"]["last_alerted_at"] is not None
    (sent,) = await rows(site, "subscription_contents")
    assert sent["_id"] == f"{ann['id']}:{content}"

    # Done again it changes nothing.
    found = await site.app.alerts.stores.contents.get("content_change", content)
    assert found is not None
    lists = [one["id"], two["id"]]
    await site.app.alerts.posting.generation.generate("content_change", found, lists)
    assert len(await mails(site)) == 1


@pytest.mark.gen_test
async def test_what_is_left_out_of_an_email_and_what_progress_says(site: Site) -> None:
    caller, admin = await publisher(site), await site.admin()
    page = str(uuid4())
    one = await caller.listed(title="A page", content_id=page, url="/a-page")
    await subscribe(caller, one["id"], "ann@example.org", **QUIET)
    content = await publish(
        caller, content_id=page, tags={}, description="", footnote="*Foot*note", priority="high"
    )
    (mail,) = await mails(site)
    assert "Page summary" not in mail["text"]
    assert "\n\nFootnote\n\n---" in mail["text"]
    assert "utm_campaign=carillon-alerts-single-page" in mail["text"]
    assert mail["queue"] == "mail.immediate_high"

    answer = await site.request("GET", f"/progress/{content}/", admin)
    assert answer.status == 200
    assert {**answer.json, "started": None, "ended": None} == {
        "id": content,
        "kind": "alerts.process",
        "done": 1,
        "total": 1,
        "state": "done",
        "started": None,
        "ended": None,
        "links": {"content": content},
    }
    assert answer.json["ended"] >= answer.json["started"]
    assert (await site.request("GET", f"/progress/{content}/", caller.person)).status == 200
    ann = await site.person("ann")
    assert (await site.request("GET", f"/progress/{content}/", ann)).status == 404
    assert (await site.request("GET", "/progress/no-such/", admin)).status == 404
    await site.app.progress.start("begun", "alerts.process")
    begun = (await site.request("GET", "/progress/begun/", admin)).json
    assert (begun["state"], begun["total"], begun["ended"]) == ("running", None, None)
    assert (await site.request("GET", f"/progress/{content}/")).status == 401


@pytest.mark.gen_test
async def test_messages_and_letting_a_list_go(site: Site) -> None:
    caller = await publisher(site)
    one = await caller.listed(title="Oil", tags=TAGS)
    other = await caller.listed(title="Oil too", tags={"topics": {"all": ["oil"], "any": ["oil"]}})
    ann = await subscribe(caller, one["id"], "ann@example.org", **QUIET)
    await subscribe(caller, one["id"], "bob@example.org", frequency="weekly", **QUIET)
    await subscribe(caller, other["id"], "bob@example.org", frequency="daily", **QUIET)
    await tell(caller, url="https://example.com/x", priority="high")
    (mail,) = await mails(site)
    assert (mail["address"], mail["queue"]) == ("ann@example.org", "mail.immediate")
    assert mail["subject"] == "Update: News"
    assert "[News](<https://example.com/x>)\n\nRead *this*.\n\n---" in mail["text"]

    body = {"body": "Goodbye, **all**.", "sender_message_id": str(uuid4())}
    answer = await caller.ask("POST", f"/subscriber-lists/{one['slug']}/bulk-unsubscribe", body)
    assert answer.status == 202
    await processed(site, "messages")
    told = {mail["address"]: mail for mail in (await mails(site))[1:]}
    assert set(told) == {"ann@example.org", "bob@example.org"}
    for mail in told.values():
        assert mail["subject"] == "Update: Oil"
        assert "Goodbye, **all**." in mail["text"]
        assert "[Unsubscribe]" not in mail["text"]
    assert "asked for weekly updates about" in told["bob@example.org"]["text"]
    ended = {
        one["list"]: (one["ended_reason"], one["ended_email_id"])
        for one in await rows(site, "subscriptions")
        if not one.get("active")
    }
    assert ended == {one["id"]: ("bulk_unsubscribed", None)}
    found = await caller.ask("GET", f"/subscriptions/{ann['id']}")
    assert found.json["subscription"]["updated_at"] == ann["updated_at"]
