"""The rules of the client library that a server cannot be made to provoke at will."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.stage import ROOT, Server

# A list over a source that the test feeds: `pages` are answered in turn, `changes` said between.
COMPOSED = {"It is used by scheduled send {}.": ("It is used by {", "scheduled send {")}
LIST = """async ({pages, changes, hold}) => {
    const {LiveList} = await import("/web/carillon/live-list.js");
    const source = new EventTarget();
    const say = (item) => source.dispatchEvent(new CustomEvent("change", {detail: {item}}));
    const answers = pages.map(({items, next}) => ({items, next, last: items.at(-1) ?? null}));
    const filter = {kinds: ["message"], unread: true};
    const list = new LiveList(source, async () => answers.shift(), filter);
    const loading = list.load();
    changes.meanwhile?.forEach(say);
    await loading;
    if (hold) list.hold(hold);
    changes.after?.forEach(say);
    while (answers.length) await list.more();
    return list.items.map(({id}) => id);
}"""

KNOWN = """async (items) => {
    const {Known} = await import("/web/carillon/known.js");
    const known = new Known();
    return items.map((item) => [known.take(item), known.get(item)?.version ?? null]);
}"""

SORTED = """async (items) => {
    const {newestFirst} = await import("/web/carillon/known.js");
    return items.sort(newestFirst).map(({id}) => id);
}"""

COUNTS = """async ({figures, asked}) => {
    const {Counts} = await import("/web/carillon/counts.js");
    const seen = [];
    await new Promise((resolve) => {
        const ask = async () => { resolve(); return asked; };
        const counts = new Counts(() => seen.push(counts.now.messages), ask);
        for (const figure of figures) counts.take(figure);
        counts.shift("message", -1);
    });
    await new Promise((resolve) => setTimeout(resolve));
    return seen;
}"""

# What is done here is being written while figures and an arrival are told.
HOLD = """async ({told, asked}) => {
    const {Counts} = await import("/web/carillon/counts.js");
    const {Pace} = await import("/web/carillon/pace.js");
    const seen = [];
    let asks = 0;
    const ask = async () => { asks += 1; return asked; };
    const counts = new Counts(() => seen.push(counts.now.messages), ask, new Pace(0.01));
    counts.take({at: 5, messages: 5});
    counts.shift("message", -3);
    const release = counts.hold();
    counts.hear("message", 1, 7);
    for (const figure of told) counts.take(figure);
    await new Promise((resolve) => setTimeout(resolve, 30));
    release();
    await new Promise((resolve) => setTimeout(resolve, 30));
    return [seen, asks];
}"""

# Sockets by which the test speaks as the server: each step is a frame, a close code or a silence.
LIVE = """async ({steps, attempts}) => {
    const {Live} = await import("/web/carillon/live.js");
    const {addressOf} = await import("/web/carillon/ways.js");
    const log = [];
    const sockets = [];
    const real = window.WebSocket;
    window.WebSocket = class {
        constructor(address) {
            log.push(`dial ${new URL(address).searchParams.get("since")}`);
            sockets.push(this);
            setTimeout(() => play(this));
        }
        close() {}
    };
    const play = (socket) => {
        for (const step of steps.shift() ?? []) {
            if (typeof step === "number") socket.onclose({code: step});
            else socket.onmessage({data: JSON.stringify(step)});
        }
    };
    const live = new Live({
        address: (since) => addressOf("websocket", "", since),
        onFrame: (frame) => log.push(frame.type),
        onFresh: () => log.push("fresh"),
        onState: (state) => log.push(state),
        onEnd: (code) => log.push(`end ${code}`),
        isWelcome: async () => { log.push("asked"); return true; },
    });
    live.open();
    const limit = performance.now() + 4000;
    const isDone = () => sockets.length >= attempts && live.state !== "connecting";
    const pause = () => new Promise((done) => setTimeout(done, 10));
    while (!isDone() && performance.now() < limit) await pause();
    live.close();
    window.WebSocket = real;
    return log;
}"""
HELLO = {"type": "hello", "cursor": "c1", "ping": 25}


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of the server, for its modules."""
    page = browser.new_page(base_url=server.base)
    page.goto("/")
    yield page
    page.close()


def item(id: int, **more: object) -> dict[str, object]:
    """A message that is the newer the greater its id."""
    sent_on = f"2026-01-01T00:00:{id:02}Z"
    return {"kind": "message", "id": id, "version": 1, "is_read": False, "sent_on": sent_on, **more}


def listed(page: Page, pages: list, hold: object = None, **changes: object) -> list[int]:
    return page.evaluate(LIST, {"pages": pages, "changes": changes, "hold": hold})


def test_a_version_is_taken_once_and_never_steps_back(page: Page):
    states = [
        item(1, version=2),
        item(1, version=1),
        item(1, version=2),
        item(1, version=4, deleted=True),
        item(1, version=3),
        item(2),
    ]
    assert page.evaluate(KNOWN, states) == [
        [True, 2],
        [False, 2],
        [False, 2],
        [True, None],
        [False, None],
        [True, 1],
    ]


def test_items_stand_by_their_instant_also_without_a_fraction(page: Page):
    second = "2026-01-01T00:00:05"
    items = [
        item(1, sent_on=f"{second}Z"),
        item(2, sent_on=f"{second}.000001Z"),
        item(3, sent_on=f"{second}.1Z"),
        item(4, sent_on=f"{second}.099999Z"),
        item(5, sent_on=f"{second}Z"),
    ]
    assert page.evaluate(SORTED, items) == [3, 4, 2, 1, 5]


def test_a_change_is_placed_not_appended(page: Page):
    first = {"items": [item(9), item(5)], "next": None}
    assert listed(page, [first], after=[item(7), item(2)]) == [9, 7, 5, 2]


def test_what_is_older_than_the_pages_here_waits_for_its_page(page: Page):
    first = {"items": [item(9), item(8)], "next": "a"}
    last = {"items": [item(5)], "next": None}
    assert listed(page, [first], after=[item(3)]) == [9, 8]
    assert listed(page, [first, last], after=[item(3)]) == [9, 8, 5]


def test_what_comes_while_a_page_loads_is_kept(page: Page):
    first = {"items": [item(5)], "next": None}
    changes = [item(6), item(5, version=2, is_read=True)]
    assert listed(page, [first], meanwhile=changes) == [6]


def test_what_does_not_match_any_more_goes_unless_it_is_held(page: Page):
    first = {"items": [item(6), item(5), item(4)], "next": None}
    changes = [
        item(6, version=2, is_read=True),
        item(5, version=2, is_read=True),
        item(4, version=2, deleted=True),
        item(3, is_read=True),
    ]
    assert listed(page, [first], after=changes) == []
    assert listed(page, [first], hold=item(5), after=changes) == [5]
    assert listed(page, [first], hold=item(4), after=changes) == []
    assert listed(page, [first], hold=item(3), after=changes) == []


def test_the_later_count_wins_and_doubt_asks(page: Page):
    figures = [{"at": 5, "messages": 3}, {"at": 4, "messages": 9}, {"messages": 4}]
    asked = {"at": 9, "messages": 7}
    assert page.evaluate(COUNTS, {"figures": figures, "asked": asked}) == [3, 4, 3, 7]


@pytest.mark.parametrize(
    ("told", "asks"),
    [([{"at": 6, "messages": 6}, {"at": 8, "messages": 3}], 0), ([{"at": 8, "messages": 6}], 1)],
)
def test_a_count_stays_until_what_was_done_is_written(page: Page, told: object, asks: int):
    asked = {"at": 9, "messages": 3}
    assert page.evaluate(HOLD, {"told": told, "asked": asked}) == [[5, 2, 3], asks]


def test_the_line_resumes_where_the_last_ping_said(page: Page):
    ping = {"type": "ping", "cursor": "c2"}
    again = {**HELLO, "cursor": "c2"}
    steps = [[HELLO, ping, 3001], [again, 1006], []]
    assert page.evaluate(LIVE, {"steps": steps, "attempts": 3}) == [
        *("connecting", "dial null", "online", "fresh", "hello", "reconnecting"),
        *("dial c2", "online", "hello", "reconnecting"),
        *("dial c2", "closed"),
    ]


def test_after_a_reset_it_goes_on_from_hello(page: Page):
    other = {**HELLO, "cursor": "x1"}
    steps = [[HELLO, 1001], [other, {"type": "reset"}, 1001], []]
    assert page.evaluate(LIVE, {"steps": steps, "attempts": 3}) == [
        *("connecting", "dial null", "online", "fresh", "hello", "reconnecting"),
        *("dial c1", "online", "hello", "reset", "reconnecting"),
        *("dial x1", "closed"),
    ]


def test_a_silent_line_is_dead(page: Page):
    steps = [[{**HELLO, "ping": 0.02}], []]
    assert page.evaluate(LIVE, {"steps": steps, "attempts": 2}) == [
        *("connecting", "dial null", "online", "fresh", "hello", "reconnecting"),
        *("dial c1", "closed"),
    ]


def test_a_refused_line_asks_whether_one_is_signed_in(page: Page):
    assert page.evaluate(LIVE, {"steps": [[1006], []], "attempts": 2}) == [
        *("connecting", "dial null", "reconnecting", "asked", "dial null", "closed")
    ]


@pytest.mark.parametrize("code", [3500, 3501, 3503, 3999])
def test_an_end_is_an_end(page: Page, code: int):
    assert page.evaluate(LIVE, {"steps": [[HELLO, code]], "attempts": 1}) == [
        *("connecting", "dial null", "online", "fresh", "hello", "ended", f"end {code}", "closed")
    ]


LANGUAGES = """async () => {
    const read = async (tag) => {
        const pages = ["", "console-", "alerts-", "announcements-", "failures-", "stages-"];
        const files = pages.map((page) => import(`/web/texts/${page}${tag}.js`));
        const texts = (await Promise.all(files)).map((one) => one.default);
        return {default: Object.assign({}, ...texts)};
    };
    const [de, en] = await Promise.all(["de", "en"].map(read));
    const places = (text) => JSON.stringify(text).match(/\\{\\w+\\}/g)?.sort() ?? [];
    const shape = ({default: texts}) => Object.entries(texts).map(([name, text]) =>
        [name, typeof text, [...new Set(places(text))]]);
    return [shape(de), shape(en), Object.keys(en.default)];
}"""


def test_every_text_is_there_in_every_language_with_the_same_values(page: Page) -> None:
    german, english, names = page.evaluate(LANGUAGES)
    assert german == english
    sources = [*(ROOT / "web").rglob("*.js"), *(ROOT / "web").glob("*.html")]
    source = "\n".join(one.read_text() for one in sources if one.parent.name != "texts")
    made = tuple(re.findall(r"`([a-z]+\.(?:[a-z]+-)?)\$\{", source))  # such as t(`tab.${name}`)
    unused = [one for one in names if f'"{one}"' not in source and not one.endswith("-more")]
    assert [one for one in unused if not one.startswith(made)] == []
    asked = re.findall(
        r'(?:\bt\(|data-(?:text|label|title|placeholder)=)"([a-z-]+(?:\.[a-z-]+)?)"', source
    )
    assert set(asked) - set(names) == set()


def test_what_the_page_translates_is_what_the_server_says() -> None:
    reasons = (ROOT / "web" / "page" / "reasons.js").read_text()
    sayings = re.findall(r'^  "(.+)": "said\.', reasons, re.MULTILINE)
    rooms = [ROOT / name for name in ("domain", "models", "services")]
    said = "\n".join(one.read_text() for room in rooms for one in room.rglob("*.py"))
    assert sayings
    parts = {one: COMPOSED.get(one, (one,)) for one in sayings}
    assert [one for one in sayings if not all(part in said for part in parts[one])] == []
