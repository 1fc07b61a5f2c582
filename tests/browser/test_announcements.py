"""An announcement in two languages: shown live to its group, confirmed in one tab, gone in both."""

from playwright.sync_api import Page, expect

from tests.browser.stage import ADMIN, OVERFLOWING, Newcomer, Server, Visitors, announce, to


def join_ringers(server: Server, languages: dict[str, str]) -> int:
    """A group with a German and an English member."""
    for name, language in languages.items():
        server.call(f"/accounts/users/{server.ids[name]}/", {"language": language}, "PATCH")
    return server.group("ringers", list(languages))


def publish(desk: Page, group: int) -> None:
    """As a program of an administrator does it."""
    token = desk.context.request.get("/api/v1/session?token=").json()["token"]
    assert token is None, "the browser's own session, whose token no script may read"
    message = {
        "title": {"de-DE": "Probe am Montag", "en-US": "Practice on Monday"},
        "message_html": {
            "de-DE": "Alle <b>Glocken</b>.<script>document.title = 'broken'</script>",
            "en-US": "All <b>bells</b>.",
        },
        "confirmation": {"de-DE": "Gelesen", "en-US": "I have read this"},
    }
    announce(desk.context, group, message)


def test_two_languages_two_tabs_and_an_outsider(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    german, anglophone = newcomer(), newcomer()
    group = join_ringers(server, {german: "de-DE", anglophone: "en-GB"})
    first = visitors.enter(german)
    second = visitors.open(first.context)
    english, outsider = visitors.enter(anglophone), visitors.enter(newcomer())
    publish(visitors.enter(ADMIN), group)

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
    english.get_by_role("button", name="Settings").click()
    english.get_by_label("Language").select_option("de")
    english.get_by_role("button", name="Save").click()
    expect(english.get_by_text("Gespeichert.")).to_be_visible()
    english.keyboard.press("Escape")
    expect(english.get_by_role("region", name="Probe am Montag")).to_be_visible()
