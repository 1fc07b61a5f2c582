"""Without a network: what is written stays, and leaves once when there is one again."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.stage import (
    ADMIN,
    OVERFLOWING,
    SERVER_AWAY,
    Newcomer,
    Server,
    Visitors,
    announce,
    rows,
)

BACK_MS = 40_000


class Loser:
    """Loses the first answer to each address, after the server has done what was asked."""

    def __init__(self, page: Page, *paths: str):
        self.keys: dict[str, list[str | None]] = {}
        for path in paths:
            page.route(path, self._lose)

    def _lose(self, route: Route) -> None:
        keys = self.keys.setdefault(route.request.url, [])
        keys.append(route.request.header_value("idempotency-key"))
        if len(keys) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()


def begin(page: Page, to: str, text: str) -> None:
    """Writes to somebody who is found by name while there is a network."""
    page.get_by_role("button", name="New message").click()
    page.get_by_role("combobox", name="To").fill(to)
    page.get_by_role("option", name=to).click()
    page.get_by_label("Text").fill(text)


def test_what_is_written_without_a_network_is_kept_and_sent_once(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    sender, reader = newcomer(), newcomer()
    page, theirs = visitors.enter(sender), visitors.enter(reader)
    line = page.locator("carillon-connection")

    begin(page, reader, "Half a thought")
    page.reload()
    expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_label("Text")).to_have_value("Half a thought")
    page.get_by_label("Text").fill("From a tunnel.")

    page.context.set_offline(True)
    expect(line).to_contain_text("Offline. What you write is kept.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(line).to_contain_text("1 message waits to be sent.")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(line).to_contain_text("1 message waits to be sent.")
    page.set_viewport_size({"width": 1280, "height": 720})

    lost = Loser(page, "**/messages/send/")
    page.context.set_offline(False)
    expect(rows(theirs)).to_contain_text(["From a tunnel."], timeout=BACK_MS)
    expect(line).not_to_contain_text("waits")
    expect(page.get_by_text(f"Sent to {reader}.")).to_be_visible()
    [keys] = lost.keys.values()
    assert keys == 2 * keys[:1]
    assert keys[0]
    page.unroute_all()

    for text in ("Read me.", "Delete me."):
        server.send(reader, [sender], text)
    expect(page).to_have_title("(2) Carillon")
    begin(page, reader, "Before the battery died.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(line).to_contain_text("1 message waits to be sent.")
    rows(page, "Read me.").focus()
    page.keyboard.press("u")
    expect(line).to_contain_text("2 changes wait to be saved.")
    rows(page, "Delete me.").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("about:blank")  # with the page goes whoever would have done it
    page.close()
    page.context.set_offline(False)
    again = visitors.open(page.context)
    expect(rows(theirs)).to_contain_text(
        ["Before the battery died.", "From a tunnel."], timeout=BACK_MS
    )
    expect(rows(again)).to_have_text([re.compile("Read me")])
    expect(again).to_have_title("Carillon")
    expect(again.locator("carillon-connection")).not_to_contain_text("wait")
    listed = server.call("/messages/", name=sender)
    assert [(one["content"], one["is_read"]) for one in listed] == [("Read me.", True)]
    again.get_by_role("link", name="Sent").click()
    expect(rows(again)).to_have_count(2)


def test_what_one_does_without_a_network_is_done_once_there_is_one(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    me, other = newcomer(), newcomer()
    desk = visitors.device()
    visitors.sign_in(desk, ADMIN)
    practice = {"title": {"en-US": "Practice"}, "message": {"en-US": "All <b>bells</b>."}}
    announce(desk, server.group(f"of {me}", [me]), practice)
    server.send(other, [me], "Mark me.")
    for text in ("Oil the bell.", "Paint the door."):
        server.send(me, [other], text, send_at_local="2050-05-05T09:00", time_zone="UTC")
    page = visitors.enter(me, "/#/scheduled")
    line, settings = page.locator("carillon-connection"), page.get_by_role("dialog")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Inbox").click()
    expect(rows(page, "Mark me.")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    settings.get_by_label("Time zone").fill("Europe/Berlin")
    page.context.set_offline(True)

    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("status")).to_have_text(re.compile("^It is kept"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Settings").click()
    expect(settings.get_by_role("alert")).to_have_text(re.compile("cannot be reached"))
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Practice").get_by_role("button", name="Got it").click()
    expect(page.locator(".banner")).to_have_count(0)
    rows(page, "Mark me.").click()
    page.get_by_role("link", name="Alerts").click()
    expect(page.get_by_text("This list could not be loaded.")).to_contain_text("cannot be reached")
    page.get_by_role("link", name="Scheduled").click()
    for text in ("Oil the big bell.", "Oil the small bell."):  # the last one counts
        rows(page, "Oil the").click()
        page.keyboard.press("e")
        page.get_by_label("Text").fill(text)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("Escape")
    rows(page, "Paint").focus()
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(1)
    expect(line).to_contain_text("Offline. What you write is kept. 5 changes wait to be saved.")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(line).to_contain_text("5 changes wait to be saved.")
    assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size({"width": 1280, "height": 720})

    visitors.forgive(r"status of 404 .*/scheduled/\d+/$")  # cancelled already
    lost = Loser(page, "**/account/preferences/", "**/messages_confirm", "**/scheduled/*/")
    page.context.set_offline(False)
    expect(line).not_to_contain_text("wait", timeout=BACK_MS)
    assert len(lost.keys) >= 3
    expect(rows(page)).to_contain_text(["Oil the small bell."])
    page.get_by_role("link", name="Alerts").click()
    expect(page.get_by_text("No alerts")).to_be_visible()
    page.unroute_all()
    again = visitors.enter(me, "/#/scheduled")
    expect(rows(again)).to_contain_text(["Oil the small bell."])
    expect(again.locator(".banner")).to_have_count(0)
    expect(again).to_have_title("Carillon")
    kept = server.call("/account/preferences/", name=me)
    assert kept["time_zone"] == "Europe/Berlin"


def test_what_one_keeps_is_nobody_else_s(visitors: Visitors, newcomer: Newcomer):
    one, two = newcomer(), newcomer()
    page = visitors.enter(one)
    begin(page, two, "For your eyes only.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    question = page.get_by_role("dialog", name="Sign out and lose what is not sent?")
    question.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_label("Text")).to_have_value("For your eyes only.")

    visitors.sign_in(page.context, two)  # in another tab; the draft of the first stays his
    other = visitors.open(page.context)
    other.get_by_role("button", name="New message").click()
    expect(other.get_by_label("Text")).to_have_value("")
    other.close()
    visitors.sign_in(page.context, one)
    page.reload()
    expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="Sign out").click()
    question.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Carillon")).to_be_visible()
    assert (
        page.evaluate("Object.keys(localStorage).filter((name) => /draft|outbox/.test(name))") == []
    )
