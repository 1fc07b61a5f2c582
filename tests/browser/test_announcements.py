"""An announcement in two languages: shown live to its group, confirmed in one tab, gone in both."""

import json
import subprocess

from playwright.sync_api import Page, expect

from tests.browser.stage import ADMIN, OVERFLOWING, ROOT, Newcomer, Server, Visitors, to

GERMAN, ENGLISH = "helmut", "emily"


def add_ringers(server: Server) -> None:
    """A group with a German and an English member."""
    people = [
        {
            "username": name,
            "password": f"{name}-secret-1",
            "language": language,
            "groups": ["ringers"],
        }
        for name, language in [(GERMAN, "de-DE"), (ENGLISH, "en-GB")]
    ]
    path = server.data.parent / "ringers.json"
    path.write_text(json.dumps({"groups": [{"id": 5, "name": "ringers"}], "users": people}))
    tokens = str(server.data.parent / "ringers-tokens.json")
    verb = ["users", "import", str(path), "--tokens", tokens]
    subprocess.run(server._command(verb), check=True, cwd=ROOT, timeout=40)


def publish(desk: Page) -> None:
    """As a program of an administrator does it."""
    api = desk.context.request
    token = api.get("/api/v1/session?token=").json()["token"]
    assert token is None, "the browser's own session, whose token no script may read"
    csrf = api.get("/session").json()["csrf_token"]
    message = {
        "title": {"de-DE": "Probe am Montag", "en-US": "Practice on Monday"},
        "message_html": {
            "de-DE": "Alle <b>Glocken</b>.<script>document.title = 'broken'</script>",
            "en-US": "All <b>bells</b>.",
        },
        "confirmation": {"de-DE": "Gelesen", "en-US": "I have read this"},
    }
    element = {"message": message, "_groups": [{"group": {"_id": 5}}]}
    answer = api.put("/api/v1/message", data=[element], headers={"X-CSRF-Token": csrf})
    assert answer.ok, answer.text()


def test_two_languages_two_tabs_and_an_outsider(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    add_ringers(server)
    first = visitors.enter(GERMAN)
    second = visitors.open(first.context)
    english, outsider = visitors.enter(ENGLISH), visitors.enter(newcomer())
    publish(visitors.enter(ADMIN))

    for tab in (first, second):
        banner = tab.get_by_role("region", name="Probe am Montag")
        expect(banner.locator("b")).to_have_text("Glocken")
        expect(banner.get_by_role("button", name="Bestätigen")).to_be_disabled()
    expect(english.get_by_role("region", name="Practice on Monday")).to_contain_text("All bells.")

    banner = first.get_by_role("region", name="Probe am Montag")
    box = banner.get_by_label("Gelesen")
    to(first, box)
    first.keyboard.press("Space")
    expect(box).to_be_checked()
    first.keyboard.press("Tab")
    first.keyboard.press("Enter")
    for tab in (first, second):
        expect(tab.locator(".banner")).to_have_count(0)
    english.set_viewport_size({"width": 360, "height": 740})
    expect(english.get_by_role("button", name="Confirm")).to_be_in_viewport()
    assert english.evaluate(OVERFLOWING) == []
    expect(english.locator(".banner")).to_have_count(1)
    expect(outsider.locator(".banner")).to_have_count(0)
    first.reload()
    expect(first.locator("carillon-list")).to_have_attribute("aria-busy", "false")
    expect(first.locator(".banner")).to_have_count(0)
    english.reload()
    expect(english.get_by_role("region", name="Practice on Monday")).to_be_visible()
