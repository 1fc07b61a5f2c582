"""The routes together: each claimed once, each with its credentials said, and what none claims."""

import re

import pytest
from tornado.web import RequestHandler

from handlers import routes
from handlers.alerts.base import AlertsHandler
from handlers.announcements.base import AnnouncementsHandler
from handlers.answering import VERBS
from handlers.base import ApiHandler
from handlers.inbox import scheduled
from handlers.pages import PageHandler
from tests.conformance.wire import ask
from tests.conftest import settings_for
from tests.handlers.light import light_app, served, token

ALL = routes.routes(settings_for("x"))
PATTERNS: dict[str, type[RequestHandler]] = {route[0]: route[1] for route in ALL}
NOT_FOUND = {"detail": "Not found."}
READ = {"GET", "HEAD", "OPTIONS"}
SESSION_VERBS = ("authenticate", "deauthenticate", "messages_confirm")
ALERT_PAGES = (
    *("manage", "manage/authenticate", "manage/frequency/([^/]+)", "manage/unsubscribe-all"),
    *("unsubscribe/([^/]+)", "unsubscribe/one-click/([^/]+)"),
    *("subscriptions/new", "subscriptions/authenticate"),
)
# What is answered without credentials; everything else is closed.
PAGE = {*READ, "POST"}
OPEN = {
    **{f"/email/{page}": PAGE for page in ALERT_PAGES},
    r"/account/email/confirm": PAGE,
    r"/account/password/new": PAGE,
    r"/account/password/reset/": {"POST"},
    r"/health/live": READ,
    r"/health/ready": READ,
    r"/healthcheck": READ,
    r"/healthcheck/live": READ,
    r"/healthcheck/ready": READ,
    r"/metrics": READ,
    r"/asyncapi\.json": READ,
    r"/openapi\.json": READ,
    r"/openapi/([a-z]+)\.json": READ,
    r"/session": {"POST"},
    r"/media/([0-9a-zA-Z.]+)": READ,
    r"/api/token-auth/": {"POST"},
    r"/api/token-auth": {"POST"},
    r"/api/v1/session": {"GET"},
    **{rf"/api/v1/session/{verb}": {"POST"} for verb in SESSION_VERBS},
}
SAMPLES = ("", "1", "a", "a/b", "favicon.ico", "deadbeef", "console")


def _path(pattern: str) -> str:
    """A path of this route."""
    for sample in SAMPLES:
        path = re.sub(r"\([^)]*\)", sample, pattern).replace("\\", "")
        if re.fullmatch(pattern, path):
            return path
    raise AssertionError(f"no path for {pattern}: add a sample")


def test_no_pattern_is_claimed_twice() -> None:
    assert len(PATTERNS) == len(ALL)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_path_is_claimed_by_two_patterns(pattern: str) -> None:
    path = _path(pattern)
    assert [other for other in PATTERNS if re.fullmatch(other, path)] == [pattern]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_route_says_what_it_takes(pattern: str) -> None:
    handler = PATTERNS[pattern]
    if issubclass(handler, PageHandler):
        return
    assert issubclass(handler, ApiHandler), "only this base asks for credentials"
    assert set(handler.open_verbs) == OPEN.get(pattern, set())
    assert handler.dialect.credentials
    assert set(handler.allowed_verbs()) - {"OPTIONS"}, "a route that answers no verb"


def test_a_prefix_moves_the_inbox_and_nothing_else() -> None:
    moved = routes.routes(settings_for("x", CARILLON_MOUNTS_INBOX="/v1.0/in-box"))
    inbox = len(routes.INBOX) + len(scheduled.ROUTES)
    for (pattern, handler, *_), (was, same, *_) in zip(moved[:inbox], ALL[:inbox], strict=True):
        path = _path(was)
        assert handler is same
        assert re.fullmatch(pattern, f"/v1.0/in-box{path}")
        assert not re.fullmatch(pattern, path)
        assert not re.fullmatch(pattern, f"/v1x0/in-box{path}")
    assert moved[inbox:] == ALL[inbox:]


@pytest.mark.gen_test
async def test_a_prefix_is_where_the_inbox_answers() -> None:
    app = light_app(CARILLON_MOUNTS_INBOX="/in-box")
    async with served(routes.application(app)) as port:
        for path, status in [
            (b"/in-box/messages/", 403),
            (b"/messages/", 404),
            (b"/inbox/counts", 401),
            (b"/in-box/inbox/counts", 404),
            (b"/in-box/account/", 404),
        ]:
            assert (path, (await ask(port, "GET", path)).status) == (path, status)


@pytest.mark.gen_test
async def test_what_no_route_claims_is_not_found_whatever_the_verb() -> None:
    async with served(routes.application(light_app())) as port:
        for path in (b"/nothing", b"/health", b"/session/", b"/webs/inbox.js", b"/live/nothing"):
            for verb in (*VERBS, "HEAD", "OPTIONS"):
                answer = await ask(port, verb, path, body=b"{" if verb == "POST" else None)
                assert answer.status == 404
                assert answer.headers["Content-Type"] == "application/json"
                assert "Server" not in answer.headers
                assert answer.json == (None if verb == "HEAD" else NOT_FOUND)


@pytest.mark.gen_test
async def test_a_wrong_verb_is_told_the_right_ones() -> None:
    async with served(routes.application(light_app())) as port:
        for pattern, handler in PATTERNS.items():
            if issubclass(handler, AnnouncementsHandler):
                continue  # a wrong verb is 400 there: tests/handlers/test_announcements.py
            allowed = {"GET", "HEAD"}
            if issubclass(handler, ApiHandler):
                allowed = set(handler.allowed_verbs())
            in_alerts = issubclass(handler, AlertsHandler)
            for verb in set(VERBS) - allowed:
                answer = await ask(port, verb, _path(pattern).encode(), [token("root")])
                assert (verb, pattern, answer.status) == (verb, pattern, 405)
                assert set(answer.headers["Allow"].split(", ")) == allowed
                detail = {"detail": f'Method "{verb}" not allowed.'}
                said = {"status": 405, "error": "Method Not Allowed"} if in_alerts else detail
                assert answer.json == said
                assert "Server" not in answer.headers


@pytest.mark.gen_test
async def test_a_verb_that_nobody_knows_is_not_allowed() -> None:
    async with served(routes.application(light_app())) as port:
        for path in (b"/", b"/account/", b"/nothing"):
            answer = await ask(port, "BREW", path)
            assert (answer.status, answer.json) == (405, {"detail": 'Method "BREW" not allowed.'})
            assert "Server" not in answer.headers
