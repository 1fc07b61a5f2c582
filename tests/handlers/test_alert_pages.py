"""The subscribers' own pages: links, forms, the session, one click, limits (contract, 3.8, 3.9)."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from domain.clock import Clock
from tests.conftest import HandClock
from tests.handlers.alert_calls import Publisher, publisher
from tests.handlers.alert_people import ADDRESS, U, emails, links, rows, subscribe
from tests.sites import Answer, Site

SIGN_IN, MANAGE = "/email/manage/authenticate", "/email/manage"
NEW, CONFIRM = "/email/subscriptions/new", "/email/subscriptions/authenticate"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Reader:
    """Somebody with a browser: it keeps the cookie, and asks for pages as browsers do."""

    site: Site
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "text/html,*/*;q=0.8"})

    async def get(self, link: str) -> Answer:
        parts = urlsplit(link)
        return await self._ask("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)

    async def post(self, path: str, **fields: str) -> Answer:
        """Send a form, with what is hidden in it as fields."""
        return await self._ask("POST", path, urlencode(fields).encode(), FORM)

    async def _ask(
        self, verb: str, path: str, body: bytes | None = None, more: Any = None
    ) -> Answer:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        headers = {**self.headers, **cookie, **(more or {})}
        answer = await self.site.request(verb, path, body=body, headers=headers)
        given = answer.headers.get("Set-Cookie")
        if given is not None:
            self.cookie = given.partition(";")[0]
        if answer.status not in (303,) and "one-click" not in path:
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        return answer


def text(answer: Answer) -> str:
    return answer.body.decode()


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text(answer))
    assert found is not None, text(answer)
    return found[1]


@dataclass
class Scene:
    caller: Publisher
    reader: Reader
    subscriptions: list[dict[str, Any]]

    async def frequencies(self) -> dict[str, str]:
        path = f"/subscribers/{self.subscriptions[0]['subscriber']['id']}/subscriptions"
        shown = (await self.caller.ask("GET", path)).json["subscriptions"]
        return {one["subscriber_list"]["title"]: one["frequency"] for one in shown}

    async def link(self) -> str:
        """The latest link in an e-mail to ADDRESS."""
        return links((await emails(self.reader.site, ADDRESS))[-1]["text"])[-1]


async def scene(site: Site, *titles: str) -> Scene:
    """Somebody who is subscribed to lists of these titles."""
    caller = await publisher(site)
    made = []
    for at, title in enumerate(titles):
        one = await caller.listed(title=title, tags={"topics": [f"t{at}"]})
        made.append(await subscribe(caller, one["id"], skip_confirmation_email=True))
    return Scene(caller, Reader(site), made)


@pytest.mark.gen_test
async def test_signing_in_by_a_link_and_managing(site: Site) -> None:
    at = await scene(site, "<News> & more", "Weather")
    reader = at.reader
    for closed in (MANAGE, f"{MANAGE}/unsubscribe-all", f"{MANAGE}/frequency/{U}"):
        answer = await reader.get(closed)
        assert (answer.status, answer.headers["Location"]) == (303, SIGN_IN)
        assert (await reader.post(closed, proof="")).status == 403
    verbs = await site.request("OPTIONS", MANAGE)
    assert (verbs.status, verbs.headers["Allow"]) == (204, "GET, POST, HEAD, OPTIONS")
    asking = await reader.get(f"{SIGN_IN}?address=%22%3E%3Cb%3E&utm_source=x")
    assert 'value="&quot;&gt;&lt;b&gt;"' in text(asking)
    for odd in ("", "x", "me@localhost"):
        answer = await reader.post(SIGN_IN, address=odd)
        assert answer.status == 422
        assert 'aria-invalid="true"' in text(answer)
    for body in ({"address": ADDRESS}, {"address": "\ud800@example.com"}, [1]):  # no forms
        assert (await site.request("POST", SIGN_IN, body=body)).status == 422
    assert await emails(site) == []
    # Who is unknown is told the same, and gets nothing.
    unknown = await reader.post(SIGN_IN, address="unknown@example.com")
    known = await reader.post(SIGN_IN, address=f" {ADDRESS.upper()} ")
    assert (unknown.status, known.status) == (200, 200)
    assert "Check your e-mail" in text(unknown)
    assert [one["address"] for one in await emails(site)] == [ADDRESS]
    link = await at.link()
    assert urlsplit(link).path == SIGN_IN
    followed = await reader.get(link)
    assert (followed.status, followed.headers["Location"]) == (303, MANAGE)
    flags = followed.headers["Set-Cookie"].lower()
    assert all(one in flags for one in ("httponly", "path=/email", "samesite=lax"))
    page = await reader.get(MANAGE)
    assert "&lt;News&gt; &amp; more" in text(page)
    assert ADDRESS in text(page)
    await _change(at, page)
    await _end(at, page)
    left = await reader.post(MANAGE, proof=hidden(page, "proof"))
    assert "You have left" in text(left)
    assert (await reader.get(MANAGE)).status == 303


async def _change(at: Scene, page: Answer) -> None:
    reader, proof = at.reader, hidden(page, "proof")
    path = f"{MANAGE}/frequency/{at.subscriptions[0]['id']}"
    form = await reader.get(path)
    assert re.search(r'value="immediately" required checked', text(form))
    for odd in ("hourly", ""):
        assert (await reader.post(path, proof=proof, frequency=odd)).status == 422
    assert (await reader.post(path, proof="0" * 32, frequency="daily")).status == 403
    assert (await reader.post(path, frequency="daily")).status == 403
    assert await at.frequencies() == {"<News> & more": "immediately", "Weather": "immediately"}
    changed = await reader.post(path, proof=proof, frequency="daily")
    assert (changed.status, changed.headers["Location"]) == (303, MANAGE)
    assert await at.frequencies() == {"<News> & more": "daily", "Weather": "immediately"}
    for gone in (path, f"{MANAGE}/frequency/{U}", f"{MANAGE}/frequency/x"):
        assert (await reader.get(gone)).status == 404
        assert (await reader.post(gone, proof=proof, frequency="daily")).status == 404


async def _end(at: Scene, page: Answer) -> None:
    reader, proof = at.reader, hidden(page, "proof")
    path = f"/email/unsubscribe/{at.subscriptions[1]['id']}"
    form = await reader.get(path)
    assert hidden(form, "proof") == proof
    assert (await reader.post(path, token="", proof="")).status == 403
    ended = await reader.post(path, token="", proof=proof)
    assert "You are unsubscribed" in text(ended)
    assert await at.frequencies() == {"<News> & more": "daily"}
    everything = await reader.get(f"{MANAGE}/unsubscribe-all")
    assert (await reader.post(f"{MANAGE}/unsubscribe-all", proof="")).status == 403
    ended = await reader.post(f"{MANAGE}/unsubscribe-all", proof=hidden(everything, "proof"))
    assert ended.status == 200
    assert await at.frequencies() == {}
    assert "not subscribed to anything" in text(await reader.get(MANAGE))


@pytest.mark.gen_test
async def test_tokens_do_what_they_are_for_and_no_more(site: Site) -> None:
    at = await scene(site, "A", "B")
    reader, tokens = at.reader, site.app.alerts.people.tokens
    one, other = (row["id"] for row in at.subscriptions)
    stranger = await subscribe(at.caller, at.subscriptions[0]["subscriber_list"]["id"], "x@y.org")
    mine, theirs = 1, stranger["subscriber"]["id"]
    # What ends one subscription, or is a session, signs nobody in; a link is no session.
    for token in (
        *(tokens.for_unsubscribing(mine), tokens.for_one_click(mine), "x", "", "a.b.c"),
        site.app.alerts.pages.new_session(mine),
        tokens.for_subscription(ADDRESS, "a", "daily"),
        tokens.make({"subscriber_id": "1", "redirect": None}),
    ):
        answer = await reader.get(f"{SIGN_IN}?token={token}&address=a")
        assert answer.status == (400 if token else 200)
        assert (await reader.get(MANAGE)).status == 303
    reader.cookie = f"carillon_alerts={tokens.for_subscriber(mine)}"
    assert (await reader.get(MANAGE)).status == 303
    reader.cookie = ""
    outside = tokens.make({"subscriber_id": mine, "redirect": "//evil.example.org"})
    assert (await reader.get(f"{SIGN_IN}?token={outside}")).headers["Location"] == MANAGE
    inside = tokens.for_subscriber(mine, "/some/page?a=b")
    followed = await reader.get(f"{SIGN_IN}?token={inside}")
    assert followed.headers["Location"] == "/some/page?a=b"
    # Another's subscription is as if it were not there, by session and by link.
    assert (await reader.get(f"/email/unsubscribe/{stranger['id']}")).status == 400
    reader.cookie = ""
    good = tokens.for_unsubscribing(mine)
    for path, token in [
        (f"/email/unsubscribe/{one}", tokens.for_unsubscribing(theirs)),
        *((f"/email/unsubscribe/{one}", token) for token in ("", "x")),
        *((f"/email/unsubscribe/{name}", good) for name in (U, "x", stranger["id"])),
    ]:
        assert (await reader.get(f"{path}?token={token}")).status == 400
        assert (await reader.post(path, token=token, proof="")).status == 403
    # A link is looked at by programs: it asks first, and its form ends it.
    path = f"/email/unsubscribe/{one}"
    form = await reader.get(f"{path}?utm_source=a&token={good}")
    assert len(await at.frequencies()) == 2
    assert hidden(form, "token") == good
    for _ in range(2):
        assert "You are unsubscribed" in text(await reader.post(path, token=good, proof=""))
    assert await at.frequencies() == {"B": "immediately"}
    assert "You are not subscribed" in text(await reader.get(f"{path}?token={good}"))
    await _one_click(at, other, stranger["id"])


async def _one_click(at: Scene, one: str, others: str) -> None:
    """RFC 8058: a POST with the token in the address; it may come twice."""
    reader, tokens = at.reader, at.reader.site.app.alerts.people.tokens
    path, good = f"/email/unsubscribe/one-click/{one}", tokens.for_one_click(1)
    field = {"List-Unsubscribe": "One-Click"}
    for token in ("", "x", tokens.for_unsubscribing(1), tokens.for_one_click(99)):
        answer = await reader.post(f"{path}?token={token}", **field)
        assert (answer.status, answer.json) == (401, {})
    for name in (others, U, "x"):
        answer = await reader.post(f"/email/unsubscribe/one-click/{name}?token={good}", **field)
        assert (answer.status, answer.json) == (401, {})
    followed = await reader.get(f"{path}?utm_source=a&token={good}")
    assert followed.headers["Location"].startswith(f"/email/unsubscribe/{one}?utm_source=a&token=")
    assert "Unsubscribe?" in text(await reader.get(followed.headers["Location"]))
    assert await at.frequencies() == {"B": "immediately"}
    for _ in range(2):
        answer = await reader.post(f"{path}?utm_source=a&token={good}", **field)
        assert (answer.status, answer.json) == (200, {})
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert await at.frequencies() == {}


@pytest.mark.gen_test
async def test_subscribing_by_a_link(site: Site) -> None:
    at = await scene(site, "News")
    reader = at.reader
    assert (await reader.get(NEW)).status == 404
    assert (await reader.get(f"{NEW}?topic_id=unknown")).status == 404
    form = await reader.get(f"{NEW}?topic_id=news")
    assert hidden(form, "topic_id") == "news"
    wish = {"topic_id": "news", "address": "new@example.com", "frequency": "weekly"}
    for odd in ({"address": "x"}, {"frequency": ""}, {"frequency": "hourly"}):
        assert (await reader.post(NEW, **{**wish, **odd})).status == 422
    assert (await reader.post(NEW, **{**wish, "topic_id": "unknown"})).status == 404
    assert "Check your e-mail" in text(await reader.post(NEW, **wish))
    assert len(await rows(site, "subscribers")) == 1
    (mail,) = await emails(site)
    (link,) = links(mail["text"])
    assert urlsplit(link).path == CONFIRM
    asked = await reader.get(link)
    assert len(await rows(site, "subscribers")) == 1
    for _ in range(2):
        done = await reader.post(CONFIRM, token=hidden(asked, "token"))
        assert "You are subscribed" in text(done)
    assert len(await rows(site, "subscriptions")) == 2
    assert [one["subject"][:8] for one in await emails(site)] == ["Confirm ", "You have"]
    assert "Once a week" in text(await reader.get(MANAGE))
    tokens = site.app.alerts.people.tokens
    wrong = tokens.for_subscription("x", "news", "daily")
    for token in ("", "x", tokens.for_subscriber(1), wrong):
        assert (await reader.post(CONFIRM, token=token)).status == 403
    assert (await reader.get(f"{CONFIRM}?token=x")).status == 400


@pytest.mark.gen_test
async def test_asking_again_and_again(site: Site, hand_clock: HandClock) -> None:
    site.app.alerts.pages._clock = Clock(hand_clock)
    reader = Reader(site)
    await (await publisher(site)).listed(title="News")

    async def times(path: str, **fields: str) -> int:
        """How often one may ask within an hour, three times a minute at most."""
        taken = 0
        while True:
            answer = await reader.post(path, **fields)
            if answer.status == 429:
                hand_clock.move(61)
                if (await reader.post(path, **fields)).status == 429:
                    return taken
                assert taken % 3 == 0
            taken += 1

    assert await times(SIGN_IN, address=ADDRESS) == 10
    assert (await reader.post(SIGN_IN, address=ADDRESS.upper())).status == 429
    assert (await reader.post(SIGN_IN, address="other@example.com")).status == 200
    wish = {"topic_id": "news", "address": ADDRESS, "frequency": "daily"}
    assert await times(NEW, **wish) == 39
    hand_clock.move(3_600)
    assert (await reader.post(SIGN_IN, address=ADDRESS)).status == 200
