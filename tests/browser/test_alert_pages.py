"""A subscriber's own pages, from a caught e-mail on, at 360 px, by keyboard, without script.

And, with script, the box of the inbox in which alerts stand.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows
from tests.sites import LIMIT_S

ADDRESS = "reader@example.org"
TITLES = ("Flood warnings on the Thames and a title that goes on and on", "News")


@pytest.fixture(scope="module")
def subscribed(server: Server) -> Server:
    for at, title in enumerate(TITLES):
        body = {"title": title, "tags": {"topics": {"any": [f"t{at}"]}}}
        made = server.call("/subscriber-lists", body)["subscriber_list"]
        wish = {"address": ADDRESS, "subscriber_list_id": made["id"]}
        server.call("/subscriptions", {**wish, "skip_confirmation_email": True})
    return server


@pytest.fixture
def page(browser: Browser, subscribed: Server) -> Iterator[Page]:
    """A page on a small screen that runs no script and loads nothing from elsewhere."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda one: problems.append(one.text))
    yield page
    context.close()
    assert problems == []


def _link(page: Page, server: Server) -> str:
    """The link in the e-mail that was caught for ADDRESS, as its HTML part has it."""
    for _ in range(int(LIMIT_S * 10)):
        found = server.call(f"/mail/?to={ADDRESS}")["mails"]
        if found:
            html = server.call(f"/mail/{found[0]['id']}/")["html"]
            link = re.search(r'href="([^"]*/email/manage/authenticate[^"]*)"', html)
            assert link is not None, html
            return link[1].replace("&amp;", "&")
        page.wait_for_timeout(100)
    raise AssertionError("no e-mail came")


def _press(page: Page, name: str) -> None:
    """Go to a link or a button by Tab, and press Enter on it."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(":focus", has_text=re.compile(name)).count():
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def _is_on(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def _fits(page: Page) -> None:
    width = page.locator("html").evaluate("one => one.scrollWidth")
    assert width <= 360


def test_from_a_link_in_an_email_to_the_end_of_it(page: Page, subscribed: Server) -> None:
    page.goto(f"{subscribed.base}/email/manage/authenticate")
    page.keyboard.press("Tab")
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    _is_on(page, "Check your e-mail")
    page.goto(_link(page, subscribed))
    expect(page).to_have_url(f"{subscribed.base}/email/manage")
    expect(page.get_by_role("listitem")).to_have_count(2)
    _fits(page)
    _press(page, "Change how often.*News")
    _is_on(page, "News")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    _is_on(page, "What you are subscribed to")
    news = page.get_by_role("listitem").filter(has_text="News")
    expect(news).to_contain_text("Once a day")
    _press(page, "Unsubscribe.*Flood")
    _is_on(page, "Unsubscribe?")
    _fits(page)
    _press(page, "Unsubscribe")
    _is_on(page, "You are unsubscribed")
    _press(page, "See what you are subscribed to")
    _is_on(page, "What you are subscribed to")
    expect(page.get_by_role("listitem")).to_have_count(1)
    _press(page, "Unsubscribe from everything")
    _is_on(page, "Unsubscribe from everything?")
    _press(page, "Unsubscribe from everything")
    _is_on(page, "You are unsubscribed")
    page.goto(f"{subscribed.base}/email/manage")
    expect(page.get_by_text("You are not subscribed to anything.")).to_be_visible()


def test_alerts_stand_in_a_box_of_their_own(
    subscribed: Server, visitors: Visitors, newcomer: Newcomer
) -> None:
    sender, reader = newcomer(), newcomer()
    account = f"/accounts/users/{subscribed.ids[reader]}/"
    address = subscribed.call(account, {"email_verified": True}, "PATCH")["email"]
    criteria = {"title": TITLES[1], "url": "/news", "tags": {"topics": {"any": ["t1"]}}}
    found = subscribed.call("/subscriber-lists", criteria)["subscriber_list"]
    wish = {"address": address, "subscriber_list_id": found["id"]}
    subscribed.call("/subscriptions", {**wish, "skip_confirmation_email": True})
    subscribed.send(sender, [reader], "No alert.")
    page = visitors.enter(reader)
    page.get_by_role("link", name="Alerts").click()
    expect(page.get_by_text("No alerts")).to_be_visible()

    rule = {"type": "tag", "key": "topics", "value": "t1"}
    news = {"title": "Rivers", "body": "The Thames rises.", "criteria_rules": [rule]}
    subscribed.call("/messages", news)

    for _ in range(2):  # as it came, and as it is listed
        said = re.compile(f"Rivers.*List: {TITLES[1]}.*The Thames rises.")
        expect(rows(page)).to_contain_text([said])
        page.reload()
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    tags = page.locator("article .tag")
    for _ in range(2):  # from the list, and by its address alone
        expect(tags).to_have_text(["Rivers", f"List: {TITLES[1]}"])
        expect(tags.last.get_by_role("link")).to_have_attribute("href", re.compile("/news$"))
        page.reload()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(tags.last).to_be_visible()
    assert page.evaluate(OVERFLOWING) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Inbox").click()
    expect(rows(page)).to_contain_text(["No alert.", "The Thames rises."])  # unread, then read
