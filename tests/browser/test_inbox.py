"""The inbox as people use it, in a real browser against a real server."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows, section

MARKUP = '<img src=x onerror="document.title=1"><script>alert(1)</script> & <b>bold</b>'


def write(page: Page, to: str, text: str) -> None:
    """Compose and send with the mouse."""
    page.get_by_role("button", name="New message").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="To").fill(to[:-1])
    dialog.get_by_role("option", name=to).click()
    dialog.get_by_label("Text").fill(text)
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_be_hidden()


def test_a_message_shows_without_a_reload(visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    desk, other_desk = visitors.enter(sender), visitors.enter(sender, "/#/sent")
    theirs = visitors.enter(reader)
    expect(theirs.get_by_text("All quiet")).to_be_visible()

    write(desk, reader, "The tower is open.")

    expect(desk.get_by_text(f"Sent to {reader}.")).to_be_visible()
    expect(section(theirs, "Unread")).to_contain_text([re.compile(f"{sender}.*The tower is open.")])
    expect(theirs).to_have_title("(1) Carillon")
    expect(theirs.locator("#announcer")).to_have_text(
        f"New message from {sender}: The tower is open."
    )
    expect(rows(other_desk)).to_contain_text([re.compile(f"To {reader}.*The tower is open.")])
    expect(desk).to_have_title("Carillon")


def test_tabs_and_devices_of_one_person_stay_in_step(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Read me.")
    here = visitors.enter(reader)
    tab = visitors.open(here.context)
    phone = visitors.enter(reader, viewport={"width": 360, "height": 740})
    pages = (here, tab, phone)
    for page in pages:
        expect(page).to_have_title("(1) Carillon")

    rows(here, "Read me.").click()
    for page in pages:
        expect(page).to_have_title("Carillon")
    for page in (tab, phone):
        expect(section(page, "Earlier")).to_contain_text(["Read me."])
    expect(section(here, "Unread")).to_contain_text(["Read me."])

    here.get_by_role("button", name="Mark unread").click()
    for page in pages:
        expect(page).to_have_title("(1) Carillon")
        expect(section(page, "Unread")).to_contain_text(["Read me."])

    rows(phone, "Read me.").click()
    phone.get_by_role("button", name="Delete").click()
    expect(phone.locator("carillon-toasts")).to_contain_text("Deleted.")
    phone.get_by_role("button", name="Dismiss").click()
    for page in pages:
        expect(rows(page)).to_have_count(0)
        expect(page).to_have_title("Carillon")
    expect(here.get_by_text("The open message was deleted.")).to_be_visible()


def test_what_one_reads_keeps_its_place_until_one_leaves_it(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    for text in ("first", "second", "third"):
        server.send(sender, [reader], text)
    page = visitors.enter(reader, "/#/unread")
    expect(rows(page)).to_contain_text(["third", "second", "first"])

    rows(page, "second").click()
    expect(page).to_have_title("(2) Carillon")
    expect(rows(page)).to_contain_text(["third", "second", "first"])

    rows(page, "first").click()
    expect(rows(page)).to_contain_text(["third", "first"])
    expect(page).to_have_title("(1) Carillon")
    page.go_back()
    expect(rows(page)).to_contain_text(["third"])
    page.get_by_role("link", name="Inbox").click()
    expect(section(page, "Unread")).to_contain_text(["third"])
    expect(section(page, "Earlier")).to_contain_text(["second", "first"])


def test_markup_is_shown_as_text(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    page = visitors.enter(reader)
    server.send(sender, [reader], MARKUP)
    expect(rows(page)).to_contain_text([MARKUP])
    rows(page).first.click()
    expect(page.locator("article .text")).to_have_text(MARKUP)
    assert page.locator("article img, article script, .row img").count() == 0
    expect(page).to_have_title("Carillon")


def test_a_phone_shows_one_column(
    server: Server, visitors: Visitors, newcomer: Newcomer, tmp_path: Path
):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "x" * 400)
    server.send(sender, [reader], "Short, and in\n\nseveral lines.")
    page = visitors.enter(reader, viewport={"width": 360, "height": 740})
    expect(rows(page)).to_have_count(2)
    assert page.evaluate(OVERFLOWING) == []
    page.screenshot(path=tmp_path / "phone-list.png")

    rows(page, "xxx").click()
    expect(page.locator("article .text")).to_be_visible()
    expect(rows(page).first).to_be_hidden()
    assert page.evaluate(OVERFLOWING) == []
    page.screenshot(path=tmp_path / "phone-reading.png")

    page.get_by_role("button", name="Back").click()
    expect(rows(page, "xxx")).to_be_focused()
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(OVERFLOWING) == []
    page.screenshot(path=tmp_path / "phone-compose.png")

    page.keyboard.press("Escape")
    for place in ("Scheduled", "Inbox"):  # whichever is shown stands in the row of places
        page.goto(f"/#/{place.lower()}")
        expect(page.get_by_role("link", name=place)).to_be_in_viewport(ratio=1)


def test_an_address_leads_to_its_message(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Found again.")
    page = visitors.enter(reader)
    rows(page, "Found again.").click()
    expect(page.locator("article .text")).to_have_text("Found again.")
    page.reload()
    expect(page.locator("article .text")).to_have_text("Found again.")
    page.get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Dismiss").click()
    visitors.forgive(r"status of 404 .*/inbox/items/\d+/\?kind=message$")
    page.goto("/#/inbox/message/999999999")
    expect(page.get_by_text("That message is not here any more.")).to_be_visible()
    expect(page).to_have_url(re.compile("#/inbox$"))


def test_signing_out_leaves_nothing(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Between us.")
    page = visitors.enter(reader)
    tab = visitors.open(page.context)
    rows(page, "Between us.").click()
    expect(page.locator("article .text")).to_have_text("Between us.")

    page.get_by_role("button", name="Sign out").click()
    for each in (page, tab):
        expect(each.get_by_role("heading", name="Sign in to Carillon")).to_be_visible()
        expect(each).to_have_title("Sign in · Carillon")
        assert "Between us." not in each.content()
        assert reader not in each.content()
    expect(tab.get_by_text("You have been signed out.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("User name")).to_be_focused()


def test_a_wrong_password_is_said(visitors: Visitors, newcomer: Newcomer):
    page = visitors.device().new_page()
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Type your user name.")
    page.get_by_label("User name").fill(newcomer())
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()


def test_landmarks_headings_and_names_are_there(visitors: Visitors, newcomer: Newcomer):
    name = newcomer()
    page = visitors.enter(name)
    expect(page.locator("#app")).to_match_aria_snapshot(
        f"""
        - link "Skip to the messages"
        - banner:
          - button "New message"
          - navigation "Mailboxes":
            - list:
              - listitem:
                - link "Inbox"
              - listitem:
                - link "Unread"
              - listitem:
                - link "Notices"
              - listitem:
                - link "Alerts"
              - listitem:
                - link "Sent"
          - paragraph: {name}
          - button "Keyboard shortcuts"
          - button "Settings"
          - button "Sign out"
        - main:
          - heading "Inbox" [level=1]
          - region "Inbox":
            - paragraph: All quiet
          - region "Reading pane"
        """
    )


def test_the_sign_in_the_tab_counts_and_settings_stay(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    page = visitors.enter(reader, permissions=["notifications"])
    sign = page.locator('link[rel="icon"]')
    expect(sign).to_have_attribute("href", "/web/favicon.svg")
    page.get_by_role("button", name="Settings").click()
    switches = page.get_by_role("group", name="In this browser").get_by_role("checkbox")
    for switch in switches.all():
        expect(switch).not_to_be_checked()
        switch.check()
    page.keyboard.press("Escape")
    server.send(sender, [reader], "One more.")
    expect(sign).to_have_attribute("href", re.compile("^data:image/png;base64,"))
    rows(page, "One more.").click()
    expect(sign).to_have_attribute("href", "/web/favicon.svg")
    page.reload()
    page.get_by_role("button", name="Settings").click()
    for switch in switches.all():
        expect(switch).to_be_checked()
