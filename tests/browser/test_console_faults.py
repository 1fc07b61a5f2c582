"""The console without a mouse, without a line, and with two administrators at once."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import complaints
from tests.browser.console_parts import PHONE, enter, group_of, is_within, line
from tests.browser.stage import ADMIN, SERVER_AWAY, Newcomer, Server, Visitors, to

BACK_MS = 30_000
DEAD_JOB = {
    "_id": "<b>odd</b>/42 " + "x" * 60,
    "kind": "nobody's.kind",
    "state": "dead",
    "due_at": 0,
    "attempts": 5,
    "error": "no luck",
}


def test_the_main_deeds_need_no_mouse(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "now"), newcomer()
    keys, button = desk.keyboard, lambda text: desk.get_by_role("button", name=text)
    expect(desk.get_by_role("heading", name="Now")).to_be_visible()
    keys.press("Tab")
    expect(desk.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    expect(desk.get_by_role("heading", name="Now")).to_be_focused()

    to(desk, desk.get_by_role("link", name="Broadcast"))
    keys.press("Enter")
    to(desk, desk.get_by_label("Text"))
    keys.type("Typed.")
    expect(desk.get_by_role("complementary")).to_contain_text("Typed.")
    to(desk, desk.get_by_role("radio", name="Everyone"))
    keys.press("ArrowLeft")
    expect(desk.get_by_role("radio", name="Chosen people")).to_be_checked()
    to(desk, desk.get_by_role("combobox", name="User names"))
    keys.type(name)
    to(desk, button("Preview"))
    keys.press("Enter")
    expect(button("Send to 1 person")).to_be_focused()
    keys.press("Escape")
    expect(button("Preview")).to_be_focused()
    keys.press("Enter")
    expect(button("Send to 1 person")).to_be_focused()
    keys.press("Enter")
    expect(desk.get_by_text("It is on its way to 1 person.")).to_be_visible()
    expect(line(desk, name)).to_contain_text("no device yet")

    to(desk, desk.get_by_role("link", name="People", exact=True))
    keys.press("Enter")
    to(desk, desk.get_by_role("searchbox"))
    keys.type(name)
    to(desk, desk.get_by_role("row").get_by_role("link", name=name))
    keys.press("Enter")
    to(desk, button("New token"))
    keys.press("Enter")
    keys.type("by hand")
    keys.press("Enter")
    expect(desk.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    to(desk, button("Done"))
    keys.press("Enter")
    to(desk, line(desk, "by hand").get_by_role("button"))
    keys.press("Enter")
    expect(button("Cancel")).to_be_focused()
    keys.press("Enter")
    expect(line(desk, "by hand").get_by_role("button")).to_be_focused()
    keys.press("Enter")
    to(desk, desk.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True))
    keys.press("Enter")
    expect(line(desk, "by hand")).to_have_count(0)
    expect(desk.get_by_role("button", name="Revoke: ")).to_be_focused()


def test_a_cut_line_is_told_and_mended_without_a_reload(server: Server, visitors: Visitors):
    visitors.forgive(SERVER_AWAY)
    desk = enter(visitors, "broadcast")
    told = desk.locator("carillon-connection")
    desk.get_by_label("Text").fill("Half a thought")
    desk.evaluate("window.isTheSamePage = true")
    desk.context.set_offline(True)
    expect(told).to_contain_text("Offline.")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    expect(desk.get_by_label("Text")).to_have_value("Half a thought")
    desk.get_by_role("link", name="People", exact=True).click()
    expect(desk.get_by_role("alert")).to_contain_text("cannot be reached")
    desk.context.set_offline(False)
    expect(line(desk, ADMIN)).to_be_visible(timeout=BACK_MS)
    expect(told).to_contain_text("Back online", timeout=BACK_MS)

    desk.context.set_offline(True)
    expect(told).to_contain_text("Offline.")
    desk.evaluate(f"location.hash = '#/people/users/{server.ids[ADMIN]}'")
    expect(desk.get_by_role("alert")).to_contain_text("cannot be reached")
    desk.context.set_offline(False)
    expect(desk.get_by_role("heading", name=ADMIN)).to_be_visible(timeout=BACK_MS)
    assert desk.evaluate("window.isTheSamePage")


def test_two_administrators_do_not_undo_each_others_work(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    name = newcomer()
    desk = enter(visitors, f"people/users/{server.ids[name]}")
    other = enter(visitors, f"people/users/{server.ids[name]}")

    def edit(page: Page, **values: str) -> Callable[[], None]:
        page.get_by_role("button", name="Edit").click()
        for label, value in values.items():
            page.get_by_label(label).fill(value)
        return page.get_by_role("button", name="Save").click

    saves = [edit(desk, Language="de-DE"), edit(other, Language="en-GB")]
    saves[0]()
    expect(desk.locator(".facts").get_by_text("de-DE")).to_be_visible()
    expect(desk.get_by_role("button", name="Edit")).to_be_focused()
    saves[1]()
    expect(other.get_by_text("Somebody else changed this meanwhile.")).to_be_visible()
    other.get_by_label("Language").fill("")
    other.get_by_label("Rights").fill("services")
    other.keyboard.press("Escape")
    edit(other, Rights="services")()
    expect(other.locator(".facts").get_by_text("services")).to_be_visible()
    expect(other.locator(".facts").get_by_text("de-DE")).to_be_visible()

    group_of(desk, name)
    for page in (desk, other):
        page.evaluate("location.hash = '#/people/groups'")
        page.get_by_role("link", name=f"of {name}").click()
        expect(page.get_by_role("button", name=f"Remove: {name}")).to_be_visible()
    desk.get_by_role("button", name=f"Remove: {name}").click()
    expect(desk.get_by_text("Nobody is in this group.")).to_be_visible()
    other.get_by_role("button", name=f"Remove: {name}").click()
    expect(other.get_by_text("Nobody is in this group.")).to_be_visible()
    for page in (desk, other):
        page.evaluate(f"location.hash = '#/people/users/{server.ids[name]}'")
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    desk.get_by_role("button", name="Delete").click()
    desk.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(desk).to_have_url(re.compile("#/people/users$"))
    visitors.forgive("status of 404")
    other.get_by_role("button", name="Deactivate").click()
    dialog = other.get_by_role("dialog")
    dialog.get_by_role("button", name="Deactivate").click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_be_visible()


def test_a_job_that_failed_is_begun_anew(server: Server, visitors: Visitors):
    desk = enter(visitors, "now", viewport=PHONE)
    expect(desk.get_by_text("No job has failed for good.")).to_be_visible()
    with server.database() as database:
        database["jobs"].insert_one(DEAD_JOB)
        expect(line(desk, "no luck")).to_contain_text("<b>odd</b>/42")
        assert is_within(desk)
        assert complaints(desk) == []
        line(desk, "no luck").get_by_role("button").click()
        dialog = desk.get_by_role("dialog", name="Begin this job anew?")
        dialog.get_by_role("button", name="Begin anew").click()
        expect(desk.get_by_text("No job has failed for good.")).to_be_visible()
        job = database["jobs"].find_one({"_id": DEAD_JOB["_id"]})
        assert job
        assert (job["state"], job["attempts"]) == ("waiting", 0)
    desk.evaluate("location.hash = '#/people/audit'")
    expect(line(desk, "jobs.requeue")).to_contain_text("<b>odd</b>/42")
