"""Without a network: what is written stays, and leaves once when there is one again."""

from playwright.sync_api import Page, Route, expect

from tests.browser.stage import SERVER_AWAY, Newcomer, Server, Visitors, rows

BACK_MS = 40_000


def begin(page: Page, to: str, text: str) -> None:
    """Writes to somebody who is found by name while there is a network."""
    page.get_by_role("button", name="New message").click()
    page.get_by_role("combobox", name="To").fill(to)
    page.get_by_role("option", name=to).click()
    page.get_by_label("Text").fill(text)


def test_what_is_written_without_a_network_is_kept_and_sent_once(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    sender, reader = newcomer(), newcomer()
    page, theirs = visitors.enter(sender), visitors.enter(reader)
    line = page.locator("carillon-connection")

    begin(page, reader, "Half a thought")
    page.reload()
    expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_label("Text")).to_have_value("Half a thought")
    page.get_by_label("Text").fill("From a tunnel.")

    page.context.set_offline(True)
    expect(line).to_contain_text("Offline. What you write is kept.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(line).to_contain_text("1 message waits to be sent.")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(line).to_contain_text("1 message waits to be sent.")
    page.set_viewport_size({"width": 1280, "height": 720})

    keys: list[str | None] = []

    def lose(route: Route) -> None:
        """The first answer, after the server has done what was asked."""
        keys.append(route.request.header_value("idempotency-key"))
        if len(keys) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route("**/messages/send/", lose)
    page.context.set_offline(False)
    expect(rows(theirs)).to_contain_text(["From a tunnel."], timeout=BACK_MS)
    expect(line).not_to_contain_text("waits")
    expect(page.get_by_text(f"Sent to {reader}.")).to_be_visible()
    assert keys == 2 * keys[:1]
    assert keys[0]
    page.unroute("**/messages/send/")

    begin(page, reader, "Before the battery died.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(line).to_contain_text("1 message waits to be sent.")
    address = page.url
    page.close()  # with it goes whoever would have sent it
    page.context.set_offline(False)
    again = visitors.open(page.context, address)
    expect(rows(theirs)).to_contain_text(
        ["Before the battery died.", "From a tunnel."], timeout=BACK_MS
    )
    again.get_by_role("link", name="Sent").click()
    expect(rows(again)).to_have_count(2)


def test_what_one_keeps_is_nobody_else_s(visitors: Visitors, newcomer: Newcomer):
    one, two = newcomer(), newcomer()
    page = visitors.enter(one)
    begin(page, two, "For your eyes only.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    question = page.get_by_role("dialog", name="Sign out and lose what is not sent?")
    question.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_label("Text")).to_have_value("For your eyes only.")

    visitors.sign_in(page.context, two)  # in another tab; the draft of the first stays his
    other = visitors.open(page.context)
    other.get_by_role("button", name="New message").click()
    expect(other.get_by_label("Text")).to_have_value("")
    other.close()
    visitors.sign_in(page.context, one)
    page.reload()
    expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="Sign out").click()
    question.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Carillon")).to_be_visible()
    assert (
        page.evaluate("Object.keys(localStorage).filter((name) => /draft|outbox/.test(name))") == []
    )
