"""The console: what is going on, who there is, and where a message went."""

import re
import signal

from playwright.sync_api import expect

from tests.browser.axe import complaints
from tests.browser.console_parts import (
    PHONE,
    csrf,
    enter,
    group_of,
    is_within,
    line,
    tile,
    until,
)
from tests.browser.stage import ADMIN, Newcomer, Server, Visitors


def test_figures_come_live(server: Server, visitors: Visitors, newcomer: Newcomer):
    desk = enter(visitors, "")
    expect(desk).to_have_url(re.compile(r"/console#/now$"))
    expect(tile(desk, "Database")).to_contain_text("Reached")
    expect(tile(desk, "Redis")).to_contain_text("Reached")
    expect(tile(desk, "Connections").locator(".figure")).to_have_text("1")
    expect(tile(desk, "Jobs waiting").locator(".figure")).to_have_text(re.compile(r"\d"))
    reader = visitors.enter(name := newcomer())
    expect(tile(desk, "Connections").locator(".figure")).to_have_text("2")
    expect(tile(desk, "People connected").locator(".figure")).to_have_text("2")
    server.send(ADMIN, [name], "Ring.")
    expect(reader.locator(".row")).to_have_count(1)
    p99 = tile(desk, "Delivery, p99")
    expect(p99.locator(".figure")).not_to_have_text(re.compile("^[0–] ?(ms)?$"))
    expect(p99.get_by_role("img", name="over the last two minutes")).to_be_visible()
    expect(p99.locator(".stroke")).to_have_attribute("d", re.compile(r"L.*L"))
    expect(p99).to_contain_text("2 min ago")
    p99.get_by_role("img").hover(position={"x": 4, "y": 20})
    expect(p99).to_contain_text(re.compile(r"\d s ago: [\d.]+ ms"))
    drawn, whole = p99.get_by_role("img").bounding_box(), p99.bounding_box()
    assert drawn
    assert whole
    assert whole["y"] < drawn["y"] < drawn["y"] + drawn["height"] < whole["y"] + whole["height"]

    assert server.process
    server.process.send_signal(signal.SIGSTOP)
    expect(desk.get_by_text("No figures come just now.")).to_be_visible()
    server.process.send_signal(signal.SIGCONT)
    expect(desk.get_by_text("No figures come just now.")).to_be_hidden()


def test_somebody_is_made_gets_a_token_and_loses_it(server: Server, visitors: Visitors):
    desk = enter(visitors, "people", viewport=PHONE)
    desk.get_by_role("button", name="New person").click()
    dialog = desk.get_by_role("dialog", name="New person")
    hostile = "<img src=x onerror=alert(1)>"
    dialog.get_by_label("User name").fill("no/\u202e slash\x07")
    dialog.get_by_label("Time zone").fill("Mars/Olympus")
    dialog.get_by_role("button", name="Make the account").click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile(r"\w"))).not_to_have_count(0)
    dialog.get_by_label("User name").fill(hostile)
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_label("Rights", exact=True).fill("services, <b>odd</b>")
    dialog.get_by_role("button", name="Make the account").click()
    expect(desk.get_by_role("heading", name=hostile)).to_be_visible()
    expect(desk.get_by_text("<b>odd</b>")).to_be_visible()
    expect(desk.get_by_text("no password")).to_be_visible()
    assert is_within(desk)

    desk.get_by_role("button", name="New token").click()
    desk.get_by_role("dialog").get_by_label("Name").fill("report")
    desk.get_by_role("dialog").get_by_role("button", name="Make the token").click()
    secret = desk.get_by_role("dialog", name="Your new token").get_by_role("textbox")
    expect(secret).to_be_focused()
    headers = {"Authorization": f"Token {secret.input_value()}"}
    desk.get_by_role("button", name="Done").click()
    elsewhere = visitors.device().request
    assert elsewhere.get("/account/", headers=headers).json()["username"] == hostile
    expect(line(desk, "report")).to_be_visible()
    desk.get_by_role("button", name=re.compile("Revoke: ")).click()
    desk.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(line(desk, "report")).to_have_count(0)
    assert elsewhere.get("/account/", headers=headers).status == 401

    desk.get_by_role("button", name="Delete").click()
    desk.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(desk.get_by_text(f"The account of {hostile} has ended.")).to_be_visible()
    expect(desk).to_have_url(re.compile("#/people/users$"))
    desk.get_by_role("link", name="Audit").click()
    expect(line(desk, "users.delete")).to_be_visible()
    expect(line(desk, "tokens.create")).to_be_visible()
    visitors.forgive("status of 400")


def test_groups_and_who_is_in_them(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "people/groups"), newcomer()
    desk.get_by_role("button", name="New group").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Name").fill("ringers")
    dialog.get_by_label("Name").press("Enter")
    expect(desk.get_by_role("heading", name="ringers")).to_be_visible()
    desk.get_by_role("button", name="Add").click()
    people = dialog.get_by_role("combobox", name="User name")
    people.fill("nobody at all")
    expect(dialog.get_by_role("option", name="Nobody is called")).to_be_visible()
    people.press("Escape")
    dialog.get_by_role("button", name="Add").click()
    nobody = "Nobody is called “nobody at all”. Choose a name from the list."
    expect(dialog.get_by_role("alert").filter(has_text=nobody)).to_be_visible()
    expect(people).to_be_focused()
    people.fill(name[:3].upper())
    expect(dialog.get_by_role("option", name=name)).to_be_visible()
    assert complaints(desk) == []
    people.press("Enter")
    people.press_sequentially(other := newcomer())
    expect(dialog.get_by_role("option", name=other)).to_be_visible()
    people.press("Enter")
    expect(dialog.get_by_role("button", name="Remove ")).to_have_count(2)
    dialog.get_by_role("button", name="Add").click()
    expect(line(desk, other)).to_be_visible()
    line(desk, name).get_by_role("link").click()
    expect(desk.get_by_role("link", name="ringers")).to_be_visible()
    desk.go_back()
    visitors.forgive("status of 503")
    desk.route("**/members/*/", lambda route: route.fulfill(status=503, body="{}"), times=1)
    desk.get_by_role("button", name=f"Remove: {name}").click()
    told = desk.locator("carillon-toasts")
    expect(told).to_contain_text("Nobody was removed.")
    expect(told).not_to_contain_text("CarillonError")
    desk.get_by_role("button", name=f"Remove: {name}").click()
    expect(line(desk, name)).to_have_count(0)

    desk.get_by_role("link", name="Tokens").click()
    desk.get_by_role("button", name="New token").click()
    for one in (name, other):
        people.fill(one)
        dialog.get_by_role("option", name=one).click()
    expect(dialog.get_by_role("button", name="Remove ")).to_have_count(1)
    dialog.get_by_label("Name", exact=True).fill("by hand")
    dialog.get_by_role("button", name="Make the token").click()
    desk.get_by_role("button", name="Done").click()
    expect(line(desk, "by hand")).to_contain_text(other)


def test_a_group_is_renamed_and_deleted(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "people/groups", viewport=PHONE), newcomer()
    for one in (name, newcomer()):
        group_of(desk, one)
    later = {"content": "Later.", "send_at": "2040-03-01T09:00:00Z"}
    desk.get_by_role("searchbox").fill(f"of {name}")
    desk.get_by_role("link", name=f"of {name}").click()
    expect(line(desk, name)).to_be_visible()
    group = int(desk.url.rpartition("/")[2])
    api, headers, dialog = desk.context.request, csrf(desk), desk.get_by_role("dialog")
    audience = {"audience": {"group_ids": [group]}}
    waits = api.post("/notices/send/", data=later | audience, headers=headers).json()["id"]

    visitors.forgive("status of 409")
    desk.get_by_role("button", name="Edit").click()
    expect(dialog.get_by_label("Name")).to_have_value(f"of {name}")
    dialog.get_by_label("Name").fill("of everybody")
    api.post("/accounts/groups/", data={"name": "of everybody"}, headers=headers)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Another group has this name.")).to_be_visible()
    dialog.get_by_label("Name").fill("<b>late</b>")
    dialog.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", name="<b>late</b>")).to_be_visible()

    desk.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("Its members leave it and keep what was sent to it.")
    assert is_within(desk)
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text(f"Scheduled send {waits} is for it")
    assert api.delete(f"/scheduled/{waits}/", headers=headers).ok
    dialog.get_by_role("button", name="Delete").click()
    expect(desk.get_by_text("The group <b>late</b> has ended.")).to_be_visible()
    expect(desk).to_have_url(re.compile("#/people/groups$"))
    assert api.get(f"/accounts/groups/{group}/").status == 404


def test_sessions_and_connections_are_ended(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "people/connections"), newcomer()
    reader = visitors.enter(name)
    expect(reader.locator("carillon-connection")).not_to_have_class(re.compile("away"))
    desk.get_by_role("button", name="Refresh").click()
    expect(line(desk, name)).to_contain_text("websocket")
    desk.get_by_role("link", name="Sessions").click()
    desk.get_by_role("searchbox").fill(name)
    expect(line(desk, "websocket")).to_have_count(1)
    visitors.forgive("status of 401")
    desk.get_by_role("button", name=f"End: {name}").click()
    desk.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(desk.get_by_text("Nothing found.")).to_be_visible()
    expect(reader.get_by_role("button", name="Sign in")).to_be_visible()


def test_who_is_signed_out_comes_back_to_where_he_was(visitors: Visitors):
    desk = enter(visitors, "people/users/3", locale="de-DE")
    expect(desk.get_by_role("heading", name="chidi")).to_be_visible()
    visitors.forgive("status of 401")
    desk.context.request.delete("/session", headers=csrf(desk))
    expect(desk.get_by_role("heading", name="An der Konsole anmelden")).to_be_visible()
    expect(desk.get_by_text("chidi")).to_have_count(0)
    desk.get_by_label("Benutzername").fill(ADMIN)
    desk.get_by_label("Passwort").fill(f"{ADMIN}-secret-1")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="chidi")).to_be_visible()
    desk.get_by_role("link", name="Jetzt").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Jetzt")).to_be_focused()
    desk.go_back()
    expect(desk.get_by_role("heading", name="chidi")).to_be_visible()


def test_what_was_being_written_is_there_after_signing_in_again(
    visitors: Visitors, newcomer: Newcomer
):
    desk, name = enter(visitors, "people/users"), newcomer()
    visitors.forgive("status of 401|status of 403")
    dialog = desk.get_by_role("dialog")

    def is_over(*, and_comes: str) -> None:
        desk.context.request.delete("/session", headers=csrf(desk))
        expect(dialog).to_have_count(0)
        expect(desk.get_by_label("User name", exact=True)).to_be_focused()
        desk.get_by_label("User name", exact=True).fill(and_comes)
        desk.get_by_label("Password").fill(f"{and_comes}-secret-1")
        desk.keyboard.press("Enter")

    desk.get_by_role("button", name="New person").click()
    dialog.get_by_label("User name").fill("half written")
    is_over(and_comes=ADMIN)
    expect(dialog.get_by_label("User name")).to_have_value("half written")
    dialog.get_by_role("button", name="Make the account").click()
    expect(desk.get_by_role("heading", name="half written")).to_be_visible()

    desk.get_by_role("link", name="Broadcast").click()
    desk.get_by_label("Text").fill("Half a thought")
    is_over(and_comes=ADMIN)
    expect(desk.get_by_label("Text")).to_have_value("Half a thought")
    is_over(and_comes=name)
    expect(desk.get_by_role("heading", name="The console is for administrators")).to_be_visible()
    desk.get_by_role("button", name="Sign out").click()
    desk.get_by_label("User name", exact=True).fill(ADMIN)
    desk.get_by_label("Password").fill(f"{ADMIN}-secret-1")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Broadcast").click()
    expect(desk.get_by_label("Text")).to_have_value("")


def test_it_is_for_administrators(visitors: Visitors, newcomer: Newcomer):
    page = enter(visitors, "people/users", newcomer())
    expect(page.get_by_role("heading", name="The console is for administrators")).to_be_visible()
    assert page.context.request.get("/accounts/users/").status == 403
    page.get_by_role("link", name="To the inbox").click()
    expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")


def test_a_message_is_followed_to_its_devices(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    reader = visitors.enter(name := newcomer())
    server.send(ADMIN, [name], "Where does it go?")
    expect(reader.locator(".row", has_text="Where does it go?")).to_be_visible()
    desk = enter(visitors, "trace", viewport=PHONE)
    sent = desk.context.request.get("/messages/sent/").json()[0]["id"]
    desk.get_by_label("Number").fill(str(sent))
    desk.get_by_role("button", name="Show its way").click()
    expect(line(desk, name)).to_contain_text("reached")
    reader.locator(".row", has_text="Where does it go?").click()
    api = reader.context.request
    until(reader, lambda: not api.get("/messages/unread/").json())
    desk.get_by_role("button", name="Show its way").click()
    expect(line(desk, name).locator("[data-label=Read]")).not_to_have_text("no")
    assert is_within(desk)
