"""Notices: what an administrator tells everyone, and what one wants to hear of."""

import re

from playwright.sync_api import expect

from tests.browser.stage import ADMIN, OVERFLOWING, Newcomer, Server, Visitors, to

TEXT = "The bells are silent on Monday."
PHONE = {"width": 360, "height": 740}


def test_a_notice_to_everyone_reaches_everyone(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    one, two = newcomer(), newcomer()
    pages = [visitors.enter(one), visitors.enter(two, "/#/notices", viewport=PHONE)]
    desk = visitors.enter(ADMIN, viewport=PHONE)

    desk.keyboard.press("c")
    dialog = desk.get_by_role("dialog")
    to(desk, dialog.get_by_role("radio", name="Message", exact=True))
    desk.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading", name="New notice")).to_be_visible()
    expect(dialog.get_by_role("radio", name="Everyone")).to_be_checked()
    expect(dialog.get_by_role("combobox", name="To")).to_be_hidden()
    to(desk, dialog.get_by_label("Text"))
    desk.keyboard.insert_text(f"{TEXT} {'x' * 300}")
    assert desk.evaluate(OVERFLOWING) == []
    desk.keyboard.press("Control+Enter")

    expect(desk.get_by_text("Sent to everyone.")).to_be_visible()
    for page in pages:
        expect(page.locator(".row")).to_contain_text([TEXT])
        expect(page).to_have_title("(1) Carillon")
        expect(page.get_by_role("link", name="Notices")).to_contain_text("1 unread")

    pages[1].keyboard.press("j")
    assert pages[1].evaluate(OVERFLOWING) == []
    pages[1].keyboard.press("Enter")
    expect(pages[1]).to_have_title("Carillon")
    assert pages[1].evaluate(OVERFLOWING) == []
    pages[1].keyboard.press("u")
    expect(pages[1]).to_have_title("(1) Carillon")
    pages[0].locator(".row").click()
    expect(pages[0]).to_have_title("Carillon")
    expect(pages[1]).to_have_title("(1) Carillon")
    pages[0].get_by_role("button", name="Delete").click()
    expect(pages[0].locator(".row")).to_have_count(0)
    expect(pages[1].locator(".row")).to_have_count(1)


def test_a_notice_to_chosen_people_reaches_them_alone(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    chosen, other = visitors.enter(name := newcomer()), visitors.enter(newcomer())
    desk = visitors.enter(ADMIN)
    desk.get_by_role("button", name="New message").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("radio", name="Notice").check()
    dialog.get_by_role("radio", name="Chosen people").check()
    dialog.get_by_role("combobox", name="To").fill(name)
    dialog.get_by_role("option", name=name).click()
    dialog.get_by_label("Text").fill("For you alone.")
    dialog.get_by_role("button", name="Send").click()
    expect(desk.get_by_text(f"Sent to {name}.")).to_be_visible()
    expect(chosen.locator(".row", has_text="For you alone.")).to_be_visible()
    expect(other.locator(".row", has_text="For you alone.")).to_have_count(0)


def test_others_are_not_offered_notices(visitors: Visitors, newcomer: Newcomer):
    page = visitors.enter(newcomer())
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("radio", name="Notice")).to_have_count(0)


def test_preferences_change_the_page_at_once_and_stay(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    name = newcomer()
    server.send(ADMIN, [name], "Choose your language.")
    page = visitors.enter(name, viewport=PHONE)
    to(page, page.get_by_role("button", name="Settings"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Settings")
    to(page, dialog.get_by_label("Hold alerts"))
    page.keyboard.press("Space")
    assert page.evaluate(OVERFLOWING) == []
    dialog.get_by_label("Until").fill("22:00")
    dialog.get_by_label("Time zone").fill("Atlantis/Town")
    visitors.forgive(r"status of 400 .*/account/preferences/$")
    dialog.get_by_role("button", name="Save").click()
    problems = [re.compile("valid time zone"), re.compile("differ from the beginning")]
    expect(dialog.get_by_role("alert")).to_have_text(problems)
    expect(dialog.get_by_label("Time zone")).to_be_focused()

    dialog.get_by_label("Until").fill("07:00")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_label("Sun").uncheck()
    dialog.get_by_role("group", name="Alerts").get_by_label("By e-mail").uncheck()
    dialog.get_by_label("Language").select_option("de")
    dialog.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Einstellungen")
    expect(dialog.get_by_role("status")).to_have_text("Gespeichert.")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#view-title")).to_have_text("Eingang")
    expect(page.locator(".group-title")).to_have_text(["Ungelesen"])
    dialog.get_by_label("Zeitzone").fill("Atlantis/Stadt")
    dialog.get_by_role("button", name="Speichern").click()
    problem = "Wähle eine gültige Zeitzone, zum Beispiel Europe/Berlin."
    expect(dialog.get_by_role("alert")).to_have_text(problem)

    page.reload()
    page.get_by_role("button", name="Einstellungen").click()
    expect(dialog.get_by_label("Zeitzone")).to_have_value("Europe/Berlin")
    expect(dialog.get_by_label("Bis")).to_have_value("07:00")
    expect(dialog.get_by_label("So", exact=True)).not_to_be_checked()
    expect(dialog.get_by_label("Sa", exact=True)).to_be_checked()
    expect(dialog.get_by_role("checkbox", name="Per E-Mail")).to_have_count(2)
    expect(dialog.get_by_role("checkbox", name="Per E-Mail").first).not_to_be_checked()
