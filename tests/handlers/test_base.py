"""What every JSON route shares: who may call, what each answer carries, what failing shows."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from tornado.web import Application, HTTPError

from domain.errors import Conflict, Invalid, OutcomeUnknown, Unavailable
from handlers.base import ApiHandler
from handlers.credentials import SESSION_COOKIE
from handlers.dialects import SEED
from tests.conformance.wire import answer_on, ask, connected, head
from tests.handlers.light import USERS, light_app, served, token, until

NOW = 1_800_000_000_000_000


class Closed(ApiHandler):
    """A route that says nothing of credentials."""

    def get(self) -> None:
        self.reply({"name": self.user.username})

    async def post(self) -> None:
        await asyncio.sleep(0)
        self.reply(self.body(), 201)


class Open(ApiHandler):
    open_verbs = frozenset({"GET", "HEAD"})
    error: Exception = RuntimeError("a secret of the insides")

    def get(self) -> None:
        raise self.error


class Administration(Closed):
    admin_only = True


class Services(Closed):
    dialect = SEED
    needs = "services"


@pytest.fixture
def application() -> Application:
    routes = [("/closed", Closed), ("/open", Open), ("/admin", Administration), ("/seed", Services)]
    return Application(routes, app=light_app(), busy=set(), log_function=lambda _: None)


@pytest.fixture
def port(io_loop: Any, application: Application) -> Iterator[int]:
    serving = served(application)
    yield io_loop.run_sync(serving.__aenter__)
    io_loop.run_sync(lambda: serving.__aexit__(None, None, None))


# Who may call


@pytest.mark.gen_test
async def test_a_route_that_says_nothing_is_closed(port: int) -> None:
    refused = {"detail": "Authentication credentials were not provided."}
    for verb in ("GET", "POST", "OPTIONS", "DELETE"):
        answer = await ask(port, verb, b"/closed", body=b"{}" if verb == "POST" else None)
        assert (answer.status, answer.json) == (401, refused)
        assert answer.headers["Www-Authenticate"] == "Token"
    answer = await ask(port, "GET", b"/closed", [token("alice")])
    assert (answer.status, answer.json) == (200, {"name": "alice"})


@pytest.mark.gen_test
async def test_a_browser_is_not_made_to_ask_for_a_password(port: int) -> None:
    for path, challenge in [(b"/closed", "Token"), (b"/seed", 'Basic realm="api"')]:
        assert (await ask(port, "GET", path)).headers["Www-Authenticate"] == challenge
        for header in [("Sec-Fetch-Mode", "cors"), ("Cookie", f"{SESSION_COOKIE}=")]:
            answer = await ask(port, "GET", path, [header])
            is_told = "Www-Authenticate" in answer.headers
            assert (answer.status, is_told) == (401, header[1].endswith("="))


@pytest.mark.gen_test
async def test_rights_open_what_needs_them(port: int) -> None:
    for path, allowed in [(b"/admin", {"root"}), (b"/seed", {"bob", "root"})]:
        for name in USERS:
            answer = await ask(port, "GET", path, [token(name)])
            assert (name, answer.status) == (name, 200 if name in allowed else 403)


@pytest.mark.gen_test
async def test_a_write_by_cookie_carries_what_only_our_pages_know(port: int) -> None:
    cookie = ("Cookie", f"{SESSION_COOKIE}=alice")
    assert (await ask(port, "GET", b"/closed", [cookie])).status == 200
    for given, status in [(None, 403), ("", 403), ("csrf of bob", 403), ("csrf of alice", 201)]:
        headers = [cookie, ("Content-Type", "application/json")]
        headers += [] if given is None else [("X-CSRF-Token", given)]
        assert (await ask(port, "POST", b"/closed", headers, b"{}")).status == status


# What goes out


@pytest.mark.gen_test
@pytest.mark.expects_log("GET /open")
async def test_every_answer_has_the_same_manners(port: int) -> None:
    for path, headers in [(b"/closed", [token("bob")]), (b"/closed", []), (b"/open", [])]:
        answer = await ask(port, "GET", path, headers)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers


@pytest.mark.gen_test
async def test_a_head_is_a_get_without_its_body(port: int) -> None:
    get = await ask(port, "GET", b"/closed", [token("alice")])
    answer = await ask(port, "HEAD", b"/closed", [token("alice")])
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.gen_test
async def test_options_describe_the_route(port: int) -> None:
    answer = await ask(port, "OPTIONS", b"/closed", [token("alice")])
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert answer.json == {
        "name": "Closed",
        "description": "A route that says nothing of credentials.",
        "renders": ["application/json"],
        "parses": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
    }


@pytest.mark.gen_test
async def test_a_caller_says_what_he_has_seen(port: int, application: Application) -> None:
    for text in (str(NOW), "-1", "1.5", "", "²", "9" * 17, "soon"):
        await ask(port, "GET", b"/closed", [token("bob"), ("Carillon-After", text)])
    assert application.settings["app"].changes.heard == [NOW]


# What failing shows


@pytest.mark.gen_test
@pytest.mark.expects_log("GET /open")
async def test_the_unforeseen_is_logged_and_not_shown(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ask(port, "GET", b"/open")
    assert (answer.status, answer.json) == (500, {"detail": "Internal Server Error."})
    [record] = caplog.records
    assert (record.name, record.getMessage()) == ("carillon.http", "GET /open")
    assert "a secret of the insides" in caplog.text


@pytest.mark.gen_test
async def test_each_failure_has_its_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status, shown, headers in [
        (Conflict("Taken."), 409, {"detail": "Taken."}, {}),
        (Invalid({"name": ["No."]}), 400, {"name": ["No."]}, {}),
        (Invalid(["No."]), 400, ["No."], {}),
        (Unavailable(), 503, {"detail": Unavailable.detail}, {"Retry-After": "1"}),
        (OutcomeUnknown(), 503, {"detail": OutcomeUnknown.detail}, {"Retry-After": "1"}),
        (HTTPError(404), 404, {"detail": "Not found."}, {}),
        (HTTPError(405), 405, {"detail": 'Method "GET" not allowed.'}, {}),
        (HTTPError(400, "of the insides"), 400, {"detail": "Bad Request."}, {}),
    ]:
        monkeypatch.setattr(Open, "error", error)
        answer = await ask(port, "GET", b"/open")
        assert (answer.status, answer.json) == (status, shown)
        assert headers.items() <= dict(answer.headers).items()


@pytest.mark.gen_test
async def test_who_hangs_up_holds_nobody_up(port: int, application: Application) -> None:
    busy = application.settings["busy"]
    async with connected(port) as (_, writer):
        writer.write(head("POST", b"/closed", [token("bob"), ("Content-Length", "9")]))
        await until(lambda: busy)
        writer.close()
        await until(lambda: not busy)


@pytest.mark.gen_test
async def test_a_refused_request_leaves_its_connection_to_the_next(port: int) -> None:
    """Whoever keeps connections would find the next request's reset."""
    async with connected(port) as (reader, writer):
        for verb, path in (("GET", b"/closed"), ("POST", b"/closed"), ("GET", b"/admin")) * 2:
            writer.write(head(verb, path, []))
            answer = await answer_on(reader)
            assert (answer.status, answer.headers.get("Connection")) == (401, None)


@pytest.mark.gen_test
async def test_a_connection_that_is_closed_early_says_so(port: int) -> None:
    for verb, headers in (("BREW", []), ("POST", [("Expect", "100-continue")])):
        asked = [*headers, ("Content-Length", "5")]
        async with connected(port) as (reader, writer):
            writer.write(head(verb, b"/closed", asked))
            assert (await answer_on(reader)).headers["Connection"] == "close"
            assert await reader.read() == b""


@pytest.mark.gen_test
async def test_an_error_may_quote_what_no_text_can_hold(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = Invalid({"kind": ['"\ud800" is not a valid choice.']})
    monkeypatch.setattr(Open, "error", error)
    answer = await ask(port, "GET", b"/open")
    assert (answer.status, answer.json) == (400, {"kind": ['"?" is not a valid choice.']})
