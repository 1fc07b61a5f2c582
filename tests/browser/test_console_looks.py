"""Every tab of the console with hostile contents, narrow and wide, light and dark; its picture.

`PICTURES=docs/images` makes the README's picture anew.
"""

import os
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.browser.axe import complaints
from tests.browser.console_parts import DESK, PHONE, csrf, enter, is_within
from tests.browser.stage import Visitors

HOSTILE = "<img src=x onerror=hacked=1> \u05d0\u05d1\u05d2 \U0001f514" + "x" * 90
HOSTILE_HTML = "<b onclick=hacked=1>b</b><script>hacked=1</script><i style=position:fixed>i</i>"
PLAIN = {"now": "Reached", "broadcast": "Everyone", "people/audit": "users.create"}
LOOKS: tuple[tuple[Any, Any], ...] = ((DESK, "dark"), (PHONE, "light"))
LESSONS: Final = {
    "eng": (
        "Welcome! The tower opens at seven on Mondays.",
        "Bring soft shoes: the floor of the ringing chamber is old.",
        "You will learn rounds first. It takes about four weeks.",
        "Ready for a method? Plain Bob comes next.",
    ),
    "ger": (
        "Willkommen! Der Turm öffnet montags um sieben.",
        "Bring weiche Schuhe mit: Der Boden der Glockenstube ist alt.",
        "Zuerst lernst du Rounds. Das dauert etwa vier Wochen.",
        "Bereit für eine Methode? Als Nächstes kommt Plain Bob.",
    ),
}
STANDING: Final = (7, 5, 3, 2)


def write(page: Page, path: str, body: object, method: str = "POST") -> Any:
    """What is there, asked for by a program."""
    request = page.context.request.put if method == "PUT" else page.context.request.post
    answer = request(path, data=body, headers=csrf(page))
    assert answer.ok, answer.text()
    return answer.json()


def fill(page: Page) -> dict[str, str]:
    """Hostile words in every area: places of the console, and what is to be seen there."""
    user = write(page, "/accounts/users/", {"username": HOSTILE})["id"]
    group = write(page, "/accounts/groups/", {"name": HOSTILE})["id"]
    token = write(page, "/accounts/tokens/", {"user": user, "name": HOSTILE[:60]})
    assert token["token"]
    audience = {"group_ids": [group]}
    write(page, "/notices/send/", {"content": HOSTILE, "audience": audience})
    notice = page.context.request.get("/broadcasts/").json()["broadcasts"][0]["id"]
    schedule = write(
        page,
        "/api/v1/schedule/",
        {"endpoint": f"http://127.0.0.1:9/{'x' * 200}", "cron_definition": "0 8 * * *"},
    )["id"]
    made = write(
        page,
        "/api/v1/messageset/",
        {"short_name": "x" * 90, "notes": HOSTILE, "default_schedule": schedule},
    )["id"]
    message = {"messageset": made, "sequence_number": 1, "lang": "eng", "text_content": HOSTILE}
    write(page, "/api/v1/message/", message)
    tags = {"topics": {"any": ["x" * 80]}}
    write(page, "/subscriber-lists", {"title": HOSTILE, "tags": tags})
    texts = {"title": {"en-US": HOSTILE}, "message": {"en-US": HOSTILE_HTML}}
    element = {"message": texts, "_groups": [{"group": {"_id": group}}]}
    announced = write(page, "/api/v1/message", [element], "PUT")[0]["message"]["_id"]
    return {
        **PLAIN,
        "broadcast/sent": HOSTILE,
        "announcements": "<img",
        f"announcements/{announced}/edit": HOSTILE,
        "alerts": HOSTILE,
        "alerts/digests": "The next daily digest",
        "schedules": "active",
        f"schedules/list/{schedule}": "The next ten firings",
        "stages": "x" * 90,
        f"stages/{made}": HOSTILE,
        f"people/users/{user}": HOSTILE,
        f"people/groups/{group}": HOSTILE,
        f"trace/notice/{notice}": "Accepted",
    }


def test_every_tab_is_sound(visitors: Visitors):
    desk = enter(visitors, "now", viewport=DESK)
    found = []
    places = fill(desk)
    for place, text in places.items():
        desk.evaluate(f"location.hash = '#/{place}'")
        expect(desk.locator(".desk")).to_contain_text(text)
        expect(desk.locator("[aria-busy=true]")).to_have_count(0)
        for size, scheme in LOOKS:
            desk.set_viewport_size(size)
            desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert is_within(desk), (place, size)
            found += [f"{place} {scheme} {one}" for one in complaints(desk)]
    assert found == []
    person = next(place for place in places if place.startswith("people/users/"))
    desk.evaluate(f"location.hash = '#/{person}'")
    desk.get_by_role("button", name="Edit").click()
    dialog = desk.get_by_role("dialog", name=HOSTILE)
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert complaints(desk) == []
    assert desk.evaluate("typeof hacked") == "undefined"


def test_a_picture_of_a_set(visitors: Visitors, tmp_path: Path):
    desk = enter(visitors, "stages", viewport=DESK)
    endpoint = "http://127.0.0.1:9/"
    rule = {"endpoint": endpoint, "cron_definition": "0 18 * * mon", "enabled": False}
    schedule = write(desk, "/api/v1/schedule/", rule)["id"]
    plan = {"short_name": "new ringers", "notes": "A lesson a week.", "default_schedule": schedule}
    made = write(desk, "/api/v1/messageset/", plan)["id"]
    for lang, texts in LESSONS.items():
        for number, text in enumerate(texts, 1):
            place = {"messageset": made, "sequence_number": number, "lang": lang}
            write(desk, "/api/v1/message/", {**place, "text_content": text})
    walk = {"messageset": made, "schedule": schedule, "lang": "eng"}
    for number, count in enumerate(STANDING, 1):
        for one in range(count):
            stands = {**walk, "identity": f"{number}-{one}", "next_sequence_number": number}
            write(desk, "/api/v1/subscriptions/", stands)
    desk.evaluate(f"location.hash = '#/stages/{made}'")
    expect(desk.get_by_role("row").filter(has_text="Plain Bob")).to_be_visible()
    picture = Path(os.environ.get("PICTURES", tmp_path)) / "console.png"
    desk.screenshot(path=picture)
    assert picture.stat().st_size > 20_000
