"""The line is cut or the server restarts: the page says so, comes back, and lacks nothing."""

import re

from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.browser.stage import SERVER_AWAY, Newcomer, Server, Visitors

BACK_MS = 25_000


class Line:
    """The websockets of a device, to be cut and mended."""

    def __init__(self, context: BrowserContext):
        self._is_cut = False
        self._open: list[WebSocketRoute] = []
        context.route_web_socket(re.compile("/live"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close(code=1013)
        else:
            socket.connect_to_server()
            self._open.append(socket)

    def cut(self) -> None:
        self._is_cut = True
        for socket in self._open:
            socket.close(code=1013)
        self._open.clear()

    def mend(self) -> None:
        self._is_cut = False


def say(page: Page, text: str) -> None:
    expect(page.locator("carillon-connection").get_by_role("status")).to_have_text(
        text, timeout=BACK_MS
    )


def test_nothing_is_lost_when_the_server_restarts(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    one, two = newcomer(), newcomer()
    pages = {name: visitors.enter(name) for name in (one, two)}
    server.send(one, [two], "before")
    expect(pages[two].locator(".row")).to_contain_text(["before"])

    server.stop()
    for page in pages.values():
        say(page, "Reconnecting…")
    server.start()
    server.send(one, [two], "after")
    server.send(two, [one], "to the other")

    for page in pages.values():
        say(page, "Back online")
    expect(pages[two].locator(".row")).to_contain_text(["after", "before"])
    expect(pages[one].locator(".row")).to_contain_text(["to the other"])
    expect(pages[two]).to_have_title("(2) Carillon")
    expect(pages[one]).to_have_title("(1) Carillon")

    server.send(one, [two], "live again")
    expect(pages[two].locator(".row")).to_contain_text(["live again", "after", "before"])
    expect(pages[two]).to_have_title("(3) Carillon")


def test_what_was_written_meanwhile_is_sent_once(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    sender, reader = newcomer(), newcomer()
    page, theirs = visitors.enter(sender), visitors.enter(reader)
    page.get_by_role("button", name="New message").click()
    page.get_by_role("combobox", name="To").fill(reader)
    page.get_by_role("option", name=reader).click()
    page.get_by_label("Text").fill("Written in the dark.")

    server.stop()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("No answer yet. Trying again…")).to_be_visible()
    server.start()

    expect(page.get_by_text(f"Sent to {reader}.")).to_be_visible(timeout=BACK_MS)
    expect(theirs.locator(".row")).to_contain_text(["Written in the dark."], timeout=BACK_MS)
    page.get_by_role("link", name="Sent").click()
    expect(page.locator(".row")).to_have_count(1)


def test_what_happened_while_the_line_was_cut_arrives(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    sender, reader = newcomer(), newcomer()
    server.send(sender, [reader], "to be deleted")
    server.send(sender, [reader], "to be read")
    context = visitors.device()
    line = Line(context)
    visitors.sign_in(context, reader)
    away, stayed = visitors.open(context), visitors.enter(reader)
    expect(away).to_have_title("(2) Carillon")

    line.cut()
    say(away, "Reconnecting…")
    server.send(sender, [reader], "missed")
    stayed.locator(".row", has_text="to be read").click()
    stayed.get_by_role("button", name="Mark unread").wait_for()
    stayed.locator(".row", has_text="to be deleted").click()
    stayed.get_by_role("button", name="Delete").click()
    stayed.get_by_role("button", name="Dismiss").click()
    expect(stayed).to_have_title("(1) Carillon")
    expect(away.locator(".row")).to_contain_text(["to be read", "to be deleted"])

    retry = away.get_by_role("button", name="Try now")
    expect(retry).to_be_visible()
    line.mend()
    retry.dispatch_event("click")  # a real one waits for stillness, and the page may come first
    say(away, "Back online")
    for page in (away, stayed):
        expect(page.get_by_role("region", name="Unread").locator(".row")).to_contain_text(
            ["missed"]
        )
        expect(page.get_by_role("region", name="Earlier").locator(".row")).to_contain_text(
            ["to be read"]
        )
        expect(page).to_have_title("(1) Carillon")
    expect(away.locator(".row")).to_have_count(2)


def test_a_session_that_ended_meanwhile_leads_to_the_sign_in(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    visitors.forgive(SERVER_AWAY)
    visitors.forgive("status of 401")
    context = visitors.device()
    line = Line(context)
    name = newcomer()
    visitors.sign_in(context, name)
    page = visitors.open(context)
    line.cut()
    say(page, "Reconnecting…")
    context.clear_cookies()
    expect(page.get_by_role("heading", name="Sign in to Carillon")).to_be_visible(timeout=BACK_MS)
    assert name not in page.content()
