"""The pictures of the README, each with somebody's ordinary day in it.

`make pictures` puts them into docs/images; without it they are made and thrown away.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows

MINUTE = 60_000_000
# The oldest first: how many minutes ago, and what was said.
EARLIER = (
    (4 * 1440, "The rope of the third bell is worn. Can we look at it before the weekend?"),
    (2 * 1440, "Minutes of Tuesday: the clock is four seconds late, the door wants paint."),
    (1440, "Practice is at seven. Bring gloves, it is cold up there."),
    (190, "Could you ring the small one on Saturday? They asked for something light."),
    (48, "Done. The clapper is back in its place and sounds better than before."),
    (6, "Lunch at noon? The new place by the river has tables outside."),
)
LETTER = (
    "The first visitors come at ten on Saturday, so the tower should be open by half past nine.\n\n"
    "I have the keys and the lamps. Could you bring the long ladder, and see that nobody stands "
    "below the big bell while it swings?\n\nThank you for all you did this week!"
)
LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("inbox", {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}),
    ("inbox-phone", {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}),
]


@pytest.fixture(scope="module")
def reader(server: Server, newcomer: Newcomer) -> str:
    """Somebody with a mailbox of some days, of which the older half is read."""
    name = newcomer()
    for _, text in EARLIER:
        server.send(newcomer(), [name], text)
    server.send(newcomer(), [name], LETTER)
    with server.database() as database:
        copies = database["inbox_deliveries"]
        mine = list(copies.find({"user": server.ids[name]}, sort=[("_id", 1)]))
        for (minutes, _), copy in zip(EARLIER, mine, strict=False):
            change = {"$inc": {"sent_on": -minutes * MINUTE}, "$set": {"is_read": minutes > 1000}}
            copies.update_one({"_id": copy["_id"]}, change)
    return name


@pytest.mark.parametrize(("picture", "look"), LOOKS)
def test_a_picture_of(
    visitors: Visitors, reader: str, tmp_path: Path, picture: str, look: dict[str, Any]
):
    page = visitors.enter(reader, **look, reduced_motion="reduce")
    expect(rows(page)).to_have_count(len(EARLIER) + 1)
    if picture == "inbox":
        rows(page, "The first visitors").click()
        expect(page.locator("article .text")).to_be_visible()
        expect(page).to_have_title("(3) Carillon")
        page.mouse.move(900, 600)  # off the row, whose box would be shown
    assert page.evaluate(OVERFLOWING) == []
    folder = Path(os.environ.get("PICTURES", tmp_path))
    page.screenshot(path=folder / f"{picture}.png", animations="disabled")
