"""Somebody walks through a set: three days, a browser that stays open, and one that comes back."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.stage import CHROMIUM, CHROMIUM_ARGS
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.schedule_calls import PATH, worker
from tests.handlers.stage_calls import SUBSCRIPTIONS, new_message, new_set, subscribe
from tests.handlers.stage_walks import idle
from tests.sites import Site

DAY = 86_400
SLOW_MS = 30_000  # a browser that starts beside other tests
PASSWORD = "correct horse"
TEXTS = {
    "eng_ZA": ["Day 1: welcome.", "Day 2: drink water.", "Day 3: rest."],
    "afr_ZA": ["Dag 1: welkom.", "Dag 2: drink water.", "Dag 3: rus."],
}


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[Site]:
    """A site whose clock stands on Friday 2027-01-15, 08:00 UTC, until it is moved."""
    made = Site(settings_for(database_name), store_uris, wall=hand_clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def enter(browser: Browser, site: Site, name: str) -> Page:
    """A page on which somebody has signed in, at the notices."""
    context = await browser.new_context(base_url=site.base, locale="en-GB")
    context.set_default_timeout(SLOW_MS)
    page = await context.new_page()
    await page.goto("/#/notices")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="Notices")).to_be_visible(timeout=SLOW_MS)
    return page


async def pass_until_next(site: Site, clock: HandClock) -> None:
    """A day goes by, and all that it begins is done."""
    clock.move(DAY)
    site.app.later.hear(())
    await idle(site)


@pytest.mark.gen_test(timeout=150)
async def test_three_days_of_a_set(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    hashed = await site.app.accounts.passwords.hash(PASSWORD)
    for name in ("alice", "babette"):
        await site.person(name, password=hashed)
    daily = await site.request("POST", PATH, who, body={"minute": "0", "hour": "9"})
    made = await new_set(site, who, "week one", default_schedule=daily.json["id"], label="Week 1")
    for lang, texts in TEXTS.items():
        for number, text in enumerate(texts, 1):
            await new_message(site, who, made, number, lang=lang, text_content=text)
    for name, lang in (("alice", "eng_ZA"), ("babette", "afr_ZA")):
        await subscribe(site, who, made, identity=name, lang=lang)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        stays = await enter(browser, site, "alice")
        for day in (1, 2, 3):
            await pass_until_next(site, hand_clock)
            rows = stays.locator(".row")
            await expect(rows).to_have_count(day, timeout=SLOW_MS)
            await expect(rows).to_contain_text(TEXTS["eng_ZA"][:day][::-1])
            await expect(stays).to_have_title(f"({day}) Carillon")
        comes = await enter(browser, site, "babette")
        await expect(comes.locator(".row")).to_have_count(3, timeout=SLOW_MS)
        await expect(comes.locator(".row")).to_contain_text(TEXTS["afr_ZA"][::-1])
        await browser.close()
    await pass_until_next(site, hand_clock)
    walks = (await site.request("GET", SUBSCRIPTIONS, who)).json["results"]
    assert [(one["completed"], one["next_sequence_number"]) for one in walks] == [(True, 3)] * 2
