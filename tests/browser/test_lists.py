"""The list: scrolled, searched, and many of it chosen, marked, deleted, and brought back."""

from playwright.sync_api import Page, Route, expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows, section, to


def tick(page: Page, text: str, *, shift: bool = False) -> None:
    """The box of a row, as a mouse finds it."""
    line = page.locator("carillon-list li", has_text=text)
    line.hover()
    line.get_by_role("checkbox").click(modifiers=["Shift"] if shift else [])


def test_many_are_chosen_marked_deleted_and_brought_back(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    sender, reader = newcomer(), newcomer()
    for text in ("one", "two", "three", "four", "five"):
        server.send(sender, [reader], text)
    page, tab = visitors.enter(reader), visitors.enter(reader)
    bar, toasts = page.get_by_role("toolbar"), page.locator("carillon-toasts")
    expect(bar).to_be_hidden()

    tick(page, "four")
    tick(page, "two", shift=True)
    expect(bar.get_by_role("status")).to_have_text("3 chosen")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    held: list[Route] = []
    page.route("**/messages/mark-read/", lambda route: held.append(route))
    bar.get_by_role("button", name="Mark read").click()
    expect(bar).to_be_hidden()
    expect(page).to_have_title("(2) Carillon")
    server.send(sender, [reader], "six")
    expect(tab).to_have_title("(6) Carillon")
    expect(page).to_have_title("(3) Carillon")  # although the server counts six still
    held.pop().continue_()
    page.unroute("**/messages/mark-read/")
    for each in (page, tab):
        expect(section(each, "Earlier")).to_contain_text(["four", "three", "two"])
        expect(each).to_have_title("(3) Carillon")
    tick(page, "six")
    page.keyboard.press("#")
    toasts.get_by_role("button", name="Dismiss").click()
    for each in (page, tab):
        expect(each).to_have_title("(2) Carillon")

    rows(page, "five").focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(bar.get_by_role("status")).to_have_text("3 chosen")
    page.keyboard.press("Delete")
    expect(toasts).to_contain_text("3 messages deleted.")
    expect(rows(page)).to_contain_text(["three", "two"])
    expect(page).to_have_title("Carillon")
    expect(rows(tab)).to_have_count(5)
    toasts.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(5)
    expect(page).to_have_title("(2) Carillon")
    expect(rows(page, "five")).to_be_focused()

    page.keyboard.press("x")
    bar.get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_count(4)
    page.keyboard.press("z")
    expect(rows(page)).to_have_count(5)
    tick(page, "one")
    bar.get_by_role("button", name="Choose all that are shown").click()
    expect(bar.get_by_role("status")).to_have_text("5 chosen")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()

    tick(page, "one")
    page.keyboard.press("#")
    toasts.get_by_role("button", name="Dismiss").click()
    expect(rows(tab)).to_have_count(4)
    expect(tab).to_have_title("(1) Carillon")
    tick(page, "two")
    page.keyboard.press("#")
    expect(rows(page)).to_have_count(3)
    page.close()  # what one leaves behind is deleted all the same
    expect(rows(tab)).to_contain_text(["five", "four", "three"])


def test_a_long_press_chooses_on_a_phone(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    for text in ("first", "second " + "x" * 300, "third"):
        server.send(sender, [reader], text)
    phone = visitors.enter(
        reader, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    expect(rows(phone)).to_have_count(3)
    compose = phone.get_by_role("button", name="New message")
    boxes = phone.locator("carillon-list").bounding_box(), compose.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]
    row = rows(phone, "third")
    place = row.bounding_box()
    assert place
    touch = phone.context.new_cdp_session(phone)
    spot = {"x": place["x"] + 150, "y": place["y"] + 20}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [spot]})
    bar = phone.get_by_role("toolbar")
    expect(bar.get_by_role("status")).to_have_text("1 chosen")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    rows(phone, "second").tap()
    expect(bar.get_by_role("status")).to_have_text("2 chosen")
    assert phone.evaluate(OVERFLOWING) == []
    bar.get_by_role("button", name="Delete").tap()
    expect(rows(phone)).to_contain_text(["first"])
    phone.locator("carillon-toasts").get_by_role("button", name="Undo").tap()
    expect(rows(phone)).to_have_count(3)
    rows(phone, "third").tap()
    expect(phone.locator("article .text")).to_have_text("third")


def test_older_pages_load_as_one_scrolls(server: Server, visitors: Visitors, newcomer: Newcomer):
    sender, reader = newcomer(), newcomer()
    for number in range(55):
        server.send(sender, [reader], f"number {number:02}")
    page = visitors.enter(reader, "/#/unread")
    expect(page).to_have_title("(55) Carillon")
    lines = page.locator("carillon-list li")
    expect(lines.first).to_have_attribute("aria-setsize", "-1")
    rows(page).first.focus()
    page.keyboard.press("x")
    page.keyboard.press("End")
    expect(rows(page, "number 15")).to_be_focused()
    expect(lines.first).to_have_attribute("aria-setsize", "55")
    page.keyboard.press("End")
    expect(rows(page, "number 00")).to_be_focused()
    expect(rows(page, "number 00")).to_be_in_viewport()
    expect(lines.last).to_have_attribute("aria-posinset", "55")
    expect(rows(page, "number 54")).to_have_count(0)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)

    page.keyboard.press("Shift+X")
    bar = page.get_by_role("toolbar")
    expect(bar.get_by_role("status")).to_have_text("55 chosen")
    page.keyboard.press("Escape")
    page.locator("carillon-list").evaluate("(list) => { list.scrollTop = 0; }")
    expect(rows(page, "number 54")).to_be_in_viewport()
    page.keyboard.press("k")  # from the row that had the focus, wherever it is
    expect(rows(page, "number 01")).to_be_focused()
    expect(rows(page, "number 01")).to_be_in_viewport()
    server.send(sender, [reader], "one more")  # above: what is seen stays where it is
    expect(page).to_have_title("(56) Carillon")
    expect(rows(page, "number 01")).to_be_focused()
    expect(rows(page, "number 01")).to_be_in_viewport()


def test_what_was_said_is_found_again(server: Server, visitors: Visitors, newcomer: Newcomer):
    me, other, third = newcomer(), newcomer(), newcomer()
    server.send(other, [me], "The bells ring at noon.")
    server.send(third, [me], "No ringing today.")
    server.send(me, [other], "Which BELLS?")
    page = visitors.enter(me)
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    page.keyboard.type("bells")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search results")).to_be_visible()
    expect(rows(page)).to_contain_text(["Which BELLS?", "The bells ring at noon."])
    server.send(third, [me], "What do bells weigh?")
    server.send(third, [me], "Nothing to do with it.")
    expect(rows(page)).to_contain_text(["What do bells weigh?", "Which BELLS?", "The bells"])

    person = page.get_by_role("combobox", name="Person")
    to(page, page.get_by_label("Search by person and day"))
    for key in ("Enter", "Tab"):
        page.keyboard.press(key)
    expect(person).to_be_focused()
    page.keyboard.type("nobody")
    expect(page.get_by_role("option", name="Nobody is called “nobody”.")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    problem = "Nobody is called “nobody”. Choose a name from the list."
    expect(person).to_have_accessible_description(problem)
    expect(person).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(third[:-1])
    expect(page.get_by_role("option", name=third)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(person).to_have_accessible_description("")
    to(page, page.get_by_label("From day"))
    page.keyboard.type("01012020")
    page.keyboard.press("Enter")
    for _ in range(2):  # from the form, and by its address alone
        expect(rows(page)).to_contain_text(["What do bells weigh?"])
        expect(rows(page)).to_have_count(1)
        expect(page.get_by_label("From day")).to_have_value("2020-01-01")
        page.reload()
    to(page, page.get_by_label("Search by person and day"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Remove {third}")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 640})
    expect(page.get_by_label("Until day")).to_be_in_viewport()
    assert page.evaluate(OVERFLOWING) == []
    page.keyboard.press("Escape")
    expect(page.get_by_label("Search by person and day")).to_be_focused()
    page.set_viewport_size({"width": 1280, "height": 720})

    page.goto("/#/inbox")
    rows(page, "The bells ring at noon.").click()
    page.get_by_role("link", name="Conversation").click()
    expect(page.get_by_role("heading", name=f"Conversation with {other}")).to_be_visible()
    expect(rows(page)).to_contain_text(["Which BELLS?", "The bells ring at noon."])
    server.send(other, [me], "Those of the tower.")
    expect(rows(page)).to_contain_text(["Those of the tower.", "Which BELLS?", "The bells"])
    page.set_viewport_size({"width": 360, "height": 640})
    expect(rows(page, "Those of the tower.")).to_be_visible()
