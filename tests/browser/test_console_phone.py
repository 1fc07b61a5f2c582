"""The console's dialogs on a phone, in both languages: all of them is in sight and in reach."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import complaints
from tests.browser.console_parts import PHONE, csrf, enter, is_within
from tests.browser.stage import Newcomer, Server, Visitors, to

LESSON = "Bring soft shoes: the floor of the ringing chamber is old."
WORDS: dict[str, dict[str, Any]] = {
    "en-GB": {
        "file": "Messages from a file",
        "look": "Preview",
        "write": "Write 24 messages",
        "same": "Unchanged: 0 that the file says alike",
        "leave": "Sign out and leave the upload?",
        "out": "Sign out",
        "cancel": "Cancel",
        "password": "New password",
        "set": "Set the password",
        "copy": "Copy",
        "done": "Done",
        "token": "New token",
        "make": "Make the token",
        "user": "User name",
        "people": "Chosen people",
        "now": "Now",
    },
    "de-DE": {
        "file": "Nachrichten aus einer Datei",
        "look": "Vorschau",
        "write": "24 Nachrichten schreiben",
        "same": "Unverändert: 0, die in der Datei gleich lauten",
        "leave": "Abmelden und das Hochladen abbrechen?",
        "out": "Abmelden",
        "cancel": "Abbrechen",
        "password": "Neues Passwort",
        "set": "Passwort setzen",
        "copy": "Kopieren",
        "done": "Fertig",
        "token": "Neues Token",
        "make": "Token anlegen",
        "user": "Benutzername",
        "people": "Ausgewählte Personen",
        "now": "Jetzt",
    },
}


@pytest.fixture(params=WORDS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def is_whole(dialog: Locator) -> bool:
    """Nothing of it is wider than it, and all its buttons are in sight."""
    for button in dialog.locator("footer .button").all():
        expect(button).to_be_in_viewport(ratio=1)
    return bool(dialog.evaluate("one => one.scrollWidth <= one.clientWidth"))


def open_set(desk: Page) -> None:
    """The page of a new set."""
    rule = {"endpoint": "http://127.0.0.1:9/", "cron_definition": "0 8 * * *", "enabled": False}
    api, headers = desk.context.request, csrf(desk)
    schedule = api.post("/api/v1/schedule/", data=rule, headers=headers).json()["id"]
    plan = {"short_name": f"set of {schedule}", "default_schedule": schedule}
    made = api.post("/api/v1/messageset/", data=plan, headers=headers).json()["id"]
    desk.evaluate(f"location.hash = '#/stages/{made}'")


def test_an_upload_is_looked_at_and_left(visitors: Visitors, language: str):
    words = WORDS[language]
    desk = enter(visitors, "stages", viewport=PHONE, locale=language)
    open_set(desk)
    dialog = desk.get_by_role("dialog")
    desk.get_by_role("button", name=words["file"]).click()
    rows = "".join(f"{number},eng,{LESSON} {number}\n" for number in range(1, 25))
    file: Any = {"name": "m.csv", "mimeType": "text/csv"}
    file["buffer"] = f"sequence_number,lang,text_content\n{rows}".encode()
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name=words["look"]).click()
    write = dialog.get_by_role("button", name=words["write"])
    expect(write).to_be_focused()
    expect(dialog).to_contain_text(words["same"])
    assert is_whole(dialog)
    assert complaints(desk) == []
    to(desk, dialog.locator(".dialog-body"))
    desk.keyboard.press("End")
    expect(dialog.get_by_text(f"{LESSON} 24")).to_be_in_viewport(ratio=1)
    visitors.forgive("ERR_FAILED")
    held: list[Route] = []
    desk.route(re.compile("/api/v1/message/$"), lambda route: held.append(route))
    write.click()
    desk.get_by_role("button", name=words["out"]).click()
    question = desk.get_by_role("dialog", name=words["leave"])
    expect(question.get_by_role("button", name=words["cancel"])).to_be_focused()
    assert is_whole(question)
    question.get_by_role("button", name=words["out"]).click()
    expect(desk.get_by_role("textbox").first).to_be_visible()
    expect(question).to_have_count(0)
    for one in held:
        one.abort()


def test_a_password_is_shown_once(
    server: Server, visitors: Visitors, newcomer: Newcomer, language: str
):
    words, user = WORDS[language], server.ids[newcomer()]
    desk = enter(visitors, f"people/users/{user}", viewport=PHONE, locale=language)
    desk.get_by_role("button", name=words["password"]).click()
    dialog = desk.get_by_role("dialog")
    assert is_whole(dialog)
    dialog.get_by_role("button", name=words["set"]).click()
    secret = dialog.locator(".secret")
    expect(secret).to_be_focused()
    assert secret.evaluate("one => one.selectionEnd - one.selectionStart === one.value.length")
    assert len(secret.input_value()) > 9
    dialog.get_by_role("button", name=words["copy"]).click()
    expect(dialog.get_by_role("status")).not_to_be_empty()
    assert is_whole(dialog)
    assert complaints(desk) == []
    to(desk, dialog.get_by_role("button", name=words["done"]))
    desk.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(desk.locator(".secret")).to_have_count(0)


def test_names_that_are_found_cover_nothing(visitors: Visitors, newcomer: Newcomer, language: str):
    words, name = WORDS[language], newcomer()
    desk = enter(visitors, "people/tokens", viewport=PHONE, locale=language)
    desk.get_by_role("button", name=words["token"], exact=True).click()
    dialog = desk.get_by_role("dialog")
    people = dialog.get_by_role("combobox", name=words["user"])
    people.fill(name[:1])
    expect(dialog.get_by_role("option").first).to_be_visible()
    assert is_whole(dialog)
    for part in (dialog.get_by_label("Name", exact=True), dialog.locator("footer .button").last):
        part.click(trial=True)
    people.fill(name)
    desk.get_by_role("option", name=name).wait_for()
    desk.keyboard.press("Tab")
    expect(people).to_have_value("")
    expect(people).to_have_attribute("aria-expanded", "false")
    to(desk, dialog.get_by_role("button", name=words["make"]))
    desk.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    desk.evaluate("location.hash = '#/broadcast'")
    desk.get_by_role("radio", name=words["people"]).check()
    desk.locator("#notice-people").fill(name[:1])
    expect(desk.get_by_role("option").first).to_be_visible()
    for part in (desk.get_by_role("radio", name=words["now"]), desk.locator(".draft .primary")):
        part.click(trial=True)
    assert is_within(desk)
    desk.locator("#notice-people").fill(name)
    desk.get_by_role("option", name=name).click()
    desk.locator("#notice-text").fill("Tea.")
    desk.locator(".draft .primary").click()
    dialog.locator("footer .primary").click()
    expect(desk).to_have_url(re.compile(r"#/trace/notice/\d+$"))
