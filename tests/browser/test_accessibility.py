"""axe-core goes over the main pages, light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints
from tests.browser.stage import ADMIN, Newcomer, Server, Visitors, rows

HOSTILE = (
    "<script>alert(1)</script>",
    "\u202eright to left\u202c and \u05d0\u05d1\u05d2 back",
    "x" * 600,
    "\U0001f514" * 90 + "\u200d\u2764\ufe0f",
)
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESK)])
def test_axe_finds_nothing_serious(
    server: Server, visitors: Visitors, newcomer: Newcomer, scheme: Any, size: Any
):
    sender, reader = newcomer(), newcomer()
    for text in HOSTILE:
        server.send(sender, [reader], text)
    page = visitors.enter(reader, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    expect(rows(page)).to_have_count(len(HOSTILE))
    found = complaints(page)
    rows(page).first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    found += complaints(page)
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    found += complaints(page)
    page.keyboard.press("z")
    rows(page, "right to left").click()
    expect(page.locator("article .text")).to_be_visible()
    found += complaints(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found += complaints(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Hold alerts").check()
    found += complaints(page)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.get_by_label("Send later").check()
    page.get_by_role("button", name="Schedule", exact=True).click()
    found += complaints(page)
    assert found == []
    phone_sign_in = visitors.device(viewport=size, color_scheme=scheme).new_page()
    phone_sign_in.goto("/")
    expect(phone_sign_in.get_by_label("User name")).to_be_focused()
    assert complaints(phone_sign_in) == []


def test_axe_finds_nothing_serious_in_what_administrators_write(visitors: Visitors):
    page = visitors.enter(ADMIN, "/#/notices", viewport=PHONE, color_scheme="dark")
    page.keyboard.press("c")
    page.get_by_role("radio", name="Notice").check()
    assert complaints(page) == []


def test_the_page_of_the_api_is_there_without_another_host(
    server: Server, visitors: Visitors
) -> None:
    page = visitors.device().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs?area=announcements")
    route = page.locator(".opblock-summary", has_text="/announcements/{id}/audience")
    route.click()
    expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    assert f"{server.base}/openapi/announcements.json" in asked
    assert [url for url in asked if not url.startswith((server.base, "data:"))] == []
