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


def test_older_pages_load_as_one_scrolls(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    for number in range(55):
        server.send(sender, [reader], f"number {number:02}")
    page = visitors.enter(reader, "/#/unread")
    expect(page).to_have_title("(55) Carillon")
    lines = page.locator("carillon-list li")
    expect(lines.first).to_have_attribute("aria-setsize", "-1")
    rows(page).first.focus()
    page.keyboard.press("x")
    page.keyboard.press("End")
    expect(rows(page, "number 15")).to_be_focused()
    expect(lines.first).to_have_attribute("aria-setsize", "55")
    page.keyboard.press("End")
    expect(rows(page, "number 00")).to_be_focused()
    expect(rows(page, "number 00")).to_be_in_viewport()
    expect(lines.last).to_have_attribute("aria-posinset", "55")
    expect(rows(page, "number 54")).to_have_count(0)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)

    page.keyboard.press("Shift+X")
    bar = page.get_by_role("toolbar")
    expect(bar.get_by_role("status")).to_have_text("55 chosen")
    page.keyboard.press("Escape")
    page.locator("carillon-list").evaluate("(list) => { list.scrollTop = 0; }")
    expect(rows(page, "number 54")).to_be_in_viewport()
    page.keyboard.press("k")  # from the row that had the focus, wherever it is
    expect(rows(page, "number 01")).to_be_focused()
    expect(rows(page, "number 01")).to_be_in_viewport()
    server.send(sender, [reader], "one more")  # above: what is seen stays where it is
    expect(page).to_have_title("(56) Carillon")
    expect(rows(page, "number 01")).to_be_focused()
    expect(rows(page, "number 01")).to_be_in_viewport()


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


def test_what_was_said_is_found_again(server: Server, visitors: Visitors, newcomer: Newcomer):
    me, other, third = newcomer(), newcomer(), newcomer()
    server.send(other, [me], "The bells ring at noon.")
    server.send(third, [me], "No ringing today.")
    server.send(me, [other], "Which BELLS?")
    page = visitors.enter(me)
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    page.keyboard.type("bells")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search results")).to_be_visible()
    expect(rows(page)).to_contain_text(["Which BELLS?", "The bells ring at noon."])
    server.send(third, [me], "What do bells weigh?")
    server.send(third, [me], "Nothing to do with it.")
    expect(rows(page)).to_contain_text(["What do bells weigh?", "Which BELLS?", "The bells"])

    page.get_by_label("Search by person and day").click()
    page.get_by_label("Person", exact=True).fill("nobody")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Nobody is called “nobody”.")).to_be_visible()
    page.get_by_label("Person", exact=True).fill(third)
    page.get_by_label("From day").fill("2020-01-01")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(rows(page)).to_contain_text(["What do bells weigh?"])
    page.reload()
    expect(rows(page)).to_contain_text(["What do bells weigh?"])

    page.goto("/#/inbox")
    rows(page, "The bells ring at noon.").click()
    page.get_by_role("link", name="Conversation").click()
    expect(page.get_by_role("heading", name=f"Conversation with {other}")).to_be_visible()
    expect(rows(page)).to_contain_text(["Which BELLS?", "The bells ring at noon."])
    server.send(other, [me], "Those of the tower.")
    expect(rows(page)).to_contain_text(["Those of the tower.", "Which BELLS?", "The bells"])
    page.set_viewport_size({"width": 360, "height": 640})
    expect(rows(page, "Those of the tower.")).to_be_visible()


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
