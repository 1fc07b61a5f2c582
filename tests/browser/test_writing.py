"""Writing to people, and doing everything by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows, to

# A session that is over, as a browser logs it.
REFUSED = "status of 40[13]"


def sign_in_again(page: Page, name: str) -> None:
    """By keyboard, after a session ended."""
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(f"{name}-secret-1")
    page.keyboard.press("Enter")


def test_the_keyboard_alone_is_enough(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    server.send(reader, [sender], "An older one.")
    server.send(reader, [sender], "Are you there?")
    theirs = visitors.enter(reader)
    page = visitors.device().new_page()
    page.goto("/")
    expect(page.get_by_label("User name")).to_be_focused()
    for text in (sender, "Tab", f"{sender}-secret-1", "Enter"):
        page.keyboard.press(text) if text in ("Tab", "Enter") else page.keyboard.type(text)
    expect(page).to_have_title("(2) Carillon")

    page.keyboard.press("c")
    expect(page.get_by_role("combobox", name="To")).to_be_focused()
    page.keyboard.type(reader[:3])
    expect(page.get_by_role("option", name=reader)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("By keyboard.")
    page.keyboard.press("Control+Enter")
    expect(rows(theirs)).to_contain_text(["By keyboard."])
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("j")
    expect(rows(page, "Are you there?")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows(page, "An older one.")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name=reader)).to_be_focused()
    expect(page).to_have_title("(1) Carillon")
    page.keyboard.press("u")
    expect(page).to_have_title("(2) Carillon")
    page.keyboard.press("j")
    expect(page.locator("article .text")).to_have_text("An older one.")
    page.keyboard.press("Escape")
    expect(rows(page, "An older one.")).to_be_focused()
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(1)
    expect(rows(page, "Are you there?")).to_be_focused()
    page.keyboard.press("#")
    expect(rows(page)).to_have_count(0)
    expect(page).to_have_title("Carillon")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_people_are_chosen_and_taken_back_by_keyboard(visitors: Visitors, newcomer: Newcomer):
    me, other = newcomer(), newcomer()
    page = visitors.enter(me, viewport={"width": 360, "height": 740})
    page.keyboard.press("c")
    field = page.get_by_role("combobox", name="To")
    chips = page.get_by_role("list", name="Chosen people").get_by_role("listitem")

    field.press_sequentially("a")
    options = page.get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(options).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_visible()

    field.fill(me)
    expect(page.get_by_text(f"Nobody is called “{me}”.")).to_be_visible()
    for name in (other, "ada"):
        field.fill(name)
        expect(page.get_by_role("option", name=name)).to_be_visible()
        field.press("Enter")
    expect(chips).to_have_text([other, "ada"])
    field.press("Backspace")
    expect(chips).to_have_text([other])
    page.get_by_role("button", name=f"Remove {other}").press("Enter")
    expect(chips).to_have_count(0)
    expect(field).to_be_focused()

    for name in (other, "ada"):
        page.keyboard.type(name)
        expect(page.get_by_role("option", name=name)).to_be_visible()
        page.keyboard.press("Enter")
    to(page, page.get_by_label("Text"))
    page.keyboard.type("To both of you.")
    assert page.evaluate(OVERFLOWING) == []
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(f"Sent to {other} and ada.")).to_be_visible()
    expect(rows(visitors.enter(other), "To both of you.")).to_have_count(1)


def test_a_letter_outlives_the_session_it_was_begun_in(visitors: Visitors, newcomer: Newcomer):
    visitors.forgive(REFUSED)
    me, other = newcomer(), newcomer()
    page = visitors.enter(me, "/#/sent")
    page.keyboard.press("c")
    page.keyboard.type(other)
    expect(page.get_by_role("option", name=other)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Where was I?")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Text")).to_have_value("")
    assert other not in page.content()

    sign_in_again(page, me)
    expect(page.get_by_label("Text")).to_have_value("Where was I?")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(rows(page)).to_contain_text([re.compile(f"To {other}.*Where was I?")])
    expect(page).to_have_url(re.compile("#/sent$"))
    expect(rows(visitors.enter(other))).to_have_count(1)


def test_problems_are_said_where_they_are(visitors: Visitors, newcomer: Newcomer):
    page = visitors.enter(newcomer())
    page.get_by_role("button", name="New message").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send").click()
    to, text = dialog.get_by_role("combobox", name="To"), dialog.get_by_label("Text")
    expect(to).to_have_accessible_description("Choose at least one person.")
    expect(text).to_have_accessible_description("Write something first.")
    expect(to).to_be_focused()

    to.fill("nobody at all")
    text.fill("A draft.")
    dialog.get_by_role("button", name="Send").click()
    expect(to).to_have_accessible_description(re.compile("Nobody is called “nobody at all”."))
    expect(text).to_have_accessible_description("")

    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="New message").click()
    expect(text).to_have_value("A draft.")


def test_a_reply_goes_to_the_sender(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Question?")
    theirs, page = visitors.enter(sender), visitors.enter(reader)
    rows(page, "Question?").click()
    page.get_by_role("button", name="Reply").click()
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("Answer.")
    page.keyboard.press("Control+Enter")
    expect(rows(theirs)).to_contain_text([re.compile(f"{reader}.*Answer.")])


def test_the_sent_box_is_ones_own(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Sent, then regretted.")
    here, phone = visitors.enter(sender, "/#/sent"), visitors.enter(sender, "/#/sent")
    theirs = visitors.enter(reader)
    expect(rows(phone)).to_have_count(1)
    rows(here).click()
    expect(here.get_by_role("heading", name=f"To {reader}")).to_be_visible()
    expect(here.get_by_role("button", name="Mark unread")).to_have_count(0)
    here.get_by_role("button", name="Delete").click()
    here.get_by_role("button", name="Dismiss").click()
    for page in (here, phone):
        expect(page.get_by_text("Nothing sent yet")).to_be_visible()
    expect(rows(theirs)).to_contain_text(["Sent, then regretted."])


def test_the_page_speaks_the_reader_s_language(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "Guten Morgen.")
    context = visitors.device(locale="de-AT")
    page = context.new_page()
    page.goto("/")
    expect(page).to_have_title("Anmelden · Carillon")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_label("Benutzername").fill(reader)
    page.get_by_label("Passwort").fill(f"{reader}-secret-1")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Eingang")).to_be_visible()
    expect(rows(page, "Guten Morgen.")).to_contain_text("Ungelesen")
    server.send(sender, [reader], "Noch eine.")
    expect(page.locator("#announcer")).to_have_text(f"Neue Nachricht von {sender}: Noch eine.")
    rows(page, "Guten Morgen.").click()
    expect(page.get_by_role("button", name="Als ungelesen markieren")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="Neue Nachricht").click()
    expect(page.get_by_placeholder("Name eingeben").last).to_be_visible()
    page.get_by_role("button", name="Senden").click()
    expect(
        page.get_by_role("alert").filter(has_text="Wähle mindestens eine Person.")
    ).to_be_visible()


def test_a_letter_waits_is_edited_leaves_and_tells_who_read_it(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    me, other = newcomer(), newcomer()
    page, theirs = visitors.enter(me, timezone_id="Europe/Berlin"), visitors.enter(other)

    def write(to: str, text: str, at: str | None) -> None:
        page.keyboard.press("c")
        if at:
            page.get_by_label("Send later").check()
            page.get_by_role("button", name="Tomorrow at nine").click()
            expect(page.get_by_label("Leaves at")).to_have_value(re.compile("T09:00$"))
            page.get_by_label("Leaves at").fill(at)
            spelled = re.compile(f"{at[:4]}.*{at[11:]} · Europe/Berlin")
            expect(page.get_by_label("Leaves at")).to_have_accessible_description(spelled)
        field = page.get_by_role("combobox", name="To")
        field.fill(to)
        expect(page.get_by_role("option", name=to)).to_be_visible()
        field.press("Enter")
        page.get_by_label("Text").fill(text)
        page.get_by_role("button", name="Schedule" if at else "Send", exact=True).click()
        expect(page.get_by_role("dialog")).to_be_hidden()

    write(me, "Oil the big bell.", "2050-05-05T09:00")
    write(other, "Happy new century.", "2049-01-01T00:00")
    page.get_by_role("link", name="Scheduled").click()
    expect(rows(page)).to_contain_text(["Happy new century.", "Oil the big bell."])
    rows(page, "Happy new century.").click()
    expect(page.locator("article .when")).to_contain_text("Leaves 1 Jan 2049")
    page.keyboard.press("e")
    expect(page.get_by_label("Leaves at")).to_have_value("2049-01-01T00:00")
    page.get_by_label("Text").fill("Happy new year.")
    visitors.forgive(REFUSED)
    page.context.clear_cookies()
    page.get_by_role("button", name="Schedule").click()
    sign_in_again(page, me)
    expect(page.get_by_role("heading", name="Edit what leaves later")).to_be_visible()
    expect(page.get_by_label("Leaves at")).to_have_value("2049-01-01T00:00")
    expect(page.get_by_label("Text")).to_be_focused()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(OVERFLOWING) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator("article .text")).to_have_text("Happy new year.")
    expect(page.get_by_role("dialog")).to_be_hidden()  # the change may be told before its answer
    page.keyboard.press("Escape")
    expect(rows(page)).to_contain_text(["Happy new year.", "Oil the big bell."])
    assert page.evaluate(OVERFLOWING) == []
    rows(page, "Happy new year.").focus()
    page.keyboard.press("Delete")
    expect(rows(page)).to_contain_text(["Oil the big bell."])
    page.set_viewport_size({"width": 1280, "height": 720})

    write(other, "Now.", None)
    rows(theirs, "Now.").click()
    page.get_by_role("link", name="Sent", exact=True).click()
    rows(page, "Now.").click()
    expect(page.get_by_role("list", name="Recipients")).to_contain_text(f"{other}has read it")
