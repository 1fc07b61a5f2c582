"""Many at once: shown, chosen, marked, deleted, and brought back."""

from playwright.sync_api import Page, Route, expect

from tests.browser.stage import OVERFLOWING, Newcomer, Server, Visitors, rows, section


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
