"""What stories of the console share: entering it, its tiles and rows."""

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.stage import ADMIN, Visitors

LIMIT_S = 20
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
OVER = """[document.documentElement, ...document.querySelectorAll(".desk")]
    .map((element) => element.scrollWidth - element.clientWidth)"""


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for what no page tells."""
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        page.wait_for_timeout(100)


def enter(visitors: Visitors, path: str, name: str = ADMIN, **options: object) -> Page:
    """The console at a tab, with somebody signed in."""
    context = visitors.device(**options)
    visitors.sign_in(context, name)
    page = context.new_page()
    page.goto(f"/console#/{path}")
    return page


def tile(page: Page, name: str) -> Locator:
    """A figure's tile."""
    return page.locator("console-chart, console-lamp").filter(
        has=page.get_by_role("heading", name=name, exact=True)
    )


def line(page: Page, text: str) -> Locator:
    """A row of the table."""
    return page.get_by_role("row").filter(has_text=text)


def is_within(page: Page) -> bool:
    """Nothing makes the page wider than the window, or what stands in its pane than that."""
    widths: list[int] = page.evaluate(OVER)
    return max(widths) <= 0


def csrf(page: Page) -> dict[str, str]:
    """What a write over the browser's session needs."""
    token: str = page.context.request.get("/session").json()["csrf_token"]
    return {"X-CSRF-Token": token}


def group_of(page: Page, *names: str) -> None:
    """A new group "of <the first>" with these people in it."""
    api, headers = page.context.request, csrf(page)
    made = api.post("/accounts/groups/", data={"name": f"of {names[0]}"}, headers=headers).json()
    for name in names:
        user = api.get(f"/accounts/users/?q={name}").json()["results"][0]["id"]
        assert api.put(f"/accounts/groups/{made['id']}/members/{user}/", headers=headers).ok
