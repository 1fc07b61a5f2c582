"""What tells of an arrival while one looks elsewhere: a notification, a bell; one for all tabs."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.stage import Newcomer, Server, Visitors

# What the page shows and lets hear, noted as it happens; and whether one looks at it.
SPY = """(() => {
    window.shown = [];
    window.strokes = 0;
    window.Notification = class extends Notification {
        constructor(title, options) {
            super(title, options);
            window.shown.push(options.body);
        }
    };
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...given) {
        if (this.context.state === "running") window.strokes += 1;
        return start.apply(this, given);
    };
    let isSeen = true;
    document.hasFocus = () => isSeen;
    window.turn = (isTo) => {
        isSeen = isTo;
        window.dispatchEvent(new Event(isTo ? "focus" : "blur"));
    };
})()"""
TONES = 2  # of one stroke


def device(visitors: Visitors, name: str) -> BrowserContext:
    context = visitors.device(permissions=["notifications"])
    context.add_init_script(SPY)
    visitors.sign_in(context, name)
    return context


def look_at(pages: list[Page], seen: Page | None) -> None:
    for page in pages:
        page.evaluate("(isTo) => window.turn(isTo)", page is seen)


def told(pages: list[Page]) -> list[Any]:
    return [text for page in pages for text in page.evaluate("window.shown")]


def strokes(pages: list[Page]) -> int:
    return sum(page.evaluate("window.strokes") for page in pages)


def arrive(server: Server, pages: list[Page], sender: str, reader: str, text: str) -> None:
    """Send, and wait until each tab has said it or would have."""
    server.send(sender, [reader], text)
    for page in pages:
        expect(page.locator("#announcer")).to_contain_text(text)
        page.evaluate("() => navigator.locks.query()")  # as the page asks before it tells


def test_one_is_told_once_for_all_tabs_while_one_looks_elsewhere(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    context = device(visitors, reader)
    pages = [visitors.open(context), visitors.open(context)]
    first, second = pages

    look_at(pages, None)
    arrive(server, pages, sender, reader, "Before anything was turned on.")
    assert (told(pages), strokes(pages)) == ([], 0)

    look_at(pages, second)
    second.get_by_role("button", name="Settings").click()
    switches = second.get_by_role("group", name="In this browser").get_by_role("checkbox")
    for switch in switches.all():
        expect(switch).not_to_be_checked()
        switch.check()
    second.wait_for_function("() => window.strokes > 0", timeout=20_000)
    assert strokes(pages) == TONES  # what one has turned on can be heard at once
    second.keyboard.press("Escape")
    first.locator("#view-title").click()  # before that browsers let no page be heard

    arrive(server, pages, sender, reader, "While one looks at the second.")
    assert (told(pages), strokes(pages)) == ([], TONES)

    look_at(pages, None)
    arrive(server, pages, sender, reader, "While one looks elsewhere.")
    assert told(pages) == [f"New message from {sender}: While one looks elsewhere."]
    assert strokes(pages) == 2 * TONES

    first.close()  # the next tab takes over
    arrive(server, [second], sender, reader, "After the first was closed.")
    assert told([second]) == [f"New message from {sender}: After the first was closed."]
    second.reload()
    second.get_by_role("button", name="Settings").click()
    for switch in switches.all():
        expect(switch).to_be_checked()
