"""What a story needs: a server process, and people who visit it with a browser."""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from pymongo import MongoClient
from pymongo.database import Database as MongoDatabase

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 100
STOP_LIMIT_S = 20
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = [
    "ada", "brigitta", "chidi", "dmitri", "esra", "farid", "grace", "hedy", "imre", "jun", "kofi",
    "lena", "malik", "noor", "odile", "priya", "quentin", "rosa", "sami", "tove", "uma", "viktor",
    "wanda", "xenia", "yusuf", "zeno", "anouk", "bogdan", "carla", "dariusz",
]  # fmt: skip
ADMIN = "ada"
MOST_TABS = 80  # from anywhere on a page to anywhere else
# What is wider inside than it is shown, and does not scroll.
OVERFLOWING = """() => [...document.querySelectorAll("body, body *")].filter((element) => {
    const style = getComputedStyle(element);
    return element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
        && style.overflowX !== "hidden" && style.display !== "inline"
        && !element.closest("svg, nav");
}).map((element) => element.outerHTML.slice(0, 90))"""

# What a browser logs by itself when a request is refused or not answered.
SIGNED_OUT = r"status of 401 .*/session$"
SERVER_AWAY = r"ERR_|WebSocket connection to|status of 50[234]"


Newcomer = Callable[[], str]


@dataclass
class Server:
    """``server.py run`` on a data folder; stopped and started again it keeps its port."""

    data: Path
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    base: str = ""
    process: subprocess.Popen[str] | None = None

    def add_users(self, names: list[str]) -> None:
        """Import users whose password is their name and ``-secret-1``; the first is the admin."""
        self.ids = {name: number for number, name in enumerate(names, start=1)}
        people = self.data.parent / "people.json"
        people.write_text(json.dumps([self._row(name) for name in names]))
        tokens = self.data.parent / "tokens.json"
        verb = ["users", "import", str(people), "--tokens", str(tokens)]
        subprocess.run([*self._command(verb)], check=True, cwd=ROOT, timeout=START_LIMIT_S)
        self.tokens = json.loads(tokens.read_text())

    def _row(self, name: str) -> dict[str, Any]:
        return {
            "id": self.ids[name],
            "username": name,
            "password": f"{name}-secret-1",
            "is_admin": name == ADMIN,
            "email": f"{name}@example.org",
        }

    def _command(self, verb: list[str]) -> list[str]:
        return [sys.executable, "server.py", *verb, "--data", str(self.data)]

    def start(self) -> None:
        """Return when it serves; raise with what it printed when it does not."""
        port = self.base.rpartition(":")[2] or "0"
        self.process = subprocess.Popen(
            self._command(["run", "--port", port]),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: list[str] = []
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(lines, ready), daemon=True).start()
        if not ready.wait(START_LIMIT_S) or not self.base:
            self.stop()
            raise RuntimeError("The server did not start:\n" + "".join(lines))

    def _listen(self, lines: list[str], ready: threading.Event) -> None:
        assert self.process
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                lines.append(line)
                if found := re.search(r"Carillon on (http://\S+)", line):
                    self.base = found[1].rstrip("/")
                    ready.set()
        ready.set()

    def stop(self) -> None:
        """Ask it to stop and wait until it has; may be called twice."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def call(self, path: str, body: Any = None, verb: str | None = None, name: str = ADMIN) -> Any:
        """A request over REST from somebody's program; GET without a body."""
        request = urllib.request.Request(
            f"{self.base}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=verb,
            headers={
                "Authorization": f"Token {self.tokens[name]}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def send(self, sender: str, to: list[str], content: str, **more: str) -> None:
        """A message over REST, from a program."""
        recipients = {"recipient_ids": [self.ids[name] for name in to]}
        self.call("/messages/send/", {"content": content, **recipients, **more}, name=sender)

    def group(self, name: str, members: list[str]) -> int:
        """A new group of these; returns its id."""
        group: int = self.call("/accounts/groups/", {"name": name})["id"]
        for member in members:
            self.call(f"/accounts/groups/{group}/members/{self.ids[member]}/", {}, "PUT")
        return group

    @contextmanager
    def database(self) -> Iterator[MongoDatabase[dict[str, Any]]]:
        """What the server keeps, for what no door can do: mailboxes of many, or of long ago."""
        uri = os.environ.get("CARILLON_MONGODB_URI")
        uri = uri or json.loads((self.data / "endpoints.json").read_text())["mongodb_uri"]
        client: MongoClient[dict[str, Any]] = MongoClient(uri)
        with client:
            yield client["carillon"]

    def fill(self, name: str, count: int) -> None:
        """So many unread messages, ten minutes apart: the newest one again and again."""
        with self.database() as database:
            copies = database["inbox_deliveries"]
            newest = copies.find_one({"user": self.ids[name]})
            assert newest
            copies.insert_many(_older(newest, number) for number in range(1, count))


def _older(newest: dict[str, Any], number: int) -> dict[str, Any]:
    ago = number * 600_000_000
    place = {key: newest[key] - ago for key in ("sent_on", "revision", "placed")}
    text = f"number {number} " + "and what else there is to say of it " * (number % 6)
    return {**newest, **place, "_id": newest["_id"] * 1_000_000 + number, "content": text}


class Visitors:
    """Browser contexts, pages in them, and all that went wrong on those pages."""

    def __init__(self, browser: Browser, server: Server):
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._forgiven = [SIGNED_OUT]

    def device(self, **options: Any) -> BrowserContext:
        """A browser that nobody is signed in with."""
        options = {"locale": "en-GB", **options}
        context = self._browser.new_context(base_url=self._server.base, **options)
        context.set_default_timeout(20_000)
        context.on("page", self._watch)
        self._contexts.append(context)
        return context

    def sign_in(self, context: BrowserContext, name: str) -> None:
        """Without a page: the device gets the cookie."""
        secret = {"username": name, "password": f"{name}-secret-1"}
        answer = context.request.post("/session", data=secret)
        assert answer.ok, answer.text()

    def enter(self, name: str, path: str = "/", **options: Any) -> Page:
        """A page on a device of its own, with somebody signed in and the first list there."""
        context = self.device(**options)
        self.sign_in(context, name)
        return self.open(context, path)

    def open(self, context: BrowserContext, path: str = "/") -> Page:
        """One more tab."""
        page = context.new_page()
        page.goto(path)
        expect(page.locator("carillon-list")).to_have_attribute("aria-busy", "false")
        return page

    def forgive(self, pattern: str) -> None:
        """Complaints that the test means to cause."""
        self._forgiven.append(pattern)

    def _watch(self, page: Page) -> None:
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self._complaints.append(f"error: {error}"))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(f"{message.text} {message.location.get('url', '')}")

    def leave(self) -> list[str]:
        """Close everything; what nobody forgave."""
        for context in self._contexts:
            context.close()
        forgiven = "|".join(self._forgiven)
        return [text for text in self._complaints if not re.search(forgiven, text)]


def announce(desk: BrowserContext, group: int, message: dict[str, Any]) -> None:
    """To this group, by the administrator who is signed in at the desk."""
    csrf = desk.request.get("/session").json()["csrf_token"]
    element = {"message": message, "_groups": [{"group": {"_id": group}}]}
    answer = desk.request.put("/api/v1/message", data=[element], headers={"X-CSRF-Token": csrf})
    assert answer.ok, answer.text()


def rows(page: Page, text: str | None = None) -> Locator:
    """The lines of the list, or those with a text."""
    return page.locator("carillon-list .row", has_text=text)


def section(page: Page, title: str) -> Locator:
    """The lines under a heading of the list."""
    return page.get_by_role("region", name=title).locator(".row")


def to(page: Page, wanted: Locator) -> None:
    """Tab until it has the focus."""
    wanted.wait_for()
    for _ in range(MOST_TABS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")
