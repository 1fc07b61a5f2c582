"""The web pages: what is served, under which policy, and that nothing else can be read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.web import Application

from handlers.pages import POLICY, ROUTES, WEB
from handlers.routes import UnknownRoute
from tests.conformance.wire import ask
from tests.handlers.light import light_app, served

ROOT = Path(__file__).parents[2]
NOT_FOUND = {"detail": "Not found."}


@pytest.fixture
def port(io_loop: Any) -> Iterator[int]:
    """Where the pages are served alone: they need no store."""
    options: dict[str, Any] = {
        "default_handler_class": UnknownRoute,
        "log_function": lambda _: None,
    }
    serving = served(Application(ROUTES, app=light_app(), busy=set(), **options))
    yield io_loop.run_sync(serving.__aenter__)
    io_loop.run_sync(lambda: serving.__aexit__(None, None, None))


@pytest.mark.gen_test
async def test_the_inbox_page_is_at_the_root(port: int) -> None:
    answer = await ask(port, "GET", b"/")
    assert answer.status == 200
    assert answer.body == (WEB / "index.html").read_bytes()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert not {"Server", "Allow", "Set-Cookie"} & set(answer.headers)


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    assert POLICY.startswith("default-src 'none'; ")
    for rule in POLICY.split("; "):
        assert set(rule.split()[1:]) <= {"'none'", "'self'", "data:"}
    assert "data:" not in re.sub(r"img-src[^;]*", "", POLICY)


@pytest.mark.gen_test
async def test_all_that_the_pages_name_is_there(port: int) -> None:
    pages = [(WEB / name).read_text() for name in ("index.html", "console.html")]
    named = {path for page in pages for path in re.findall(r'(?:src|href)="(/[^"#]*)', page)}
    assert any(path.endswith(".js") for path in named)
    for path in (*named, "/console", "/favicon.ico"):
        answer = await ask(port, "GET", path.encode())
        assert (path, answer.status) == (path, 200)
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.gen_test
async def test_types_are_those_that_a_browser_runs(port: int) -> None:
    for name, wanted in [
        ("inbox.js", ("text/javascript", "application/javascript")),
        ("inbox.css", ("text/css",)),
        ("favicon.svg", ("image/svg+xml",)),
    ]:
        assert (await ask(port, "GET", f"/web/{name}".encode())).headers["Content-Type"] in wanted


@pytest.mark.gen_test
async def test_a_head_says_what_a_get_would(port: int) -> None:
    for path in ("/", "/web/inbox.js"):
        get, head = await ask(port, "GET", path.encode()), await ask(port, "HEAD", path.encode())
        assert (head.status, head.body) == (200, b"")
        for name in ("Content-Length", "Content-Type", "Etag", "Content-Security-Policy"):
            assert head.headers[name] == get.headers[name]


@pytest.mark.gen_test
async def test_what_did_not_change_is_not_sent_again(port: int) -> None:
    for path in ("/", "/web/inbox.js"):
        tag = (await ask(port, "GET", path.encode())).headers["Etag"]
        answer = await ask(port, "GET", path.encode(), [("If-None-Match", tag)])
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["Content-Security-Policy"] == POLICY
        other = await ask(port, "GET", path.encode(), [("If-None-Match", '"other"')])
        assert other.status == 200


OUTSIDE = [
    *(
        b"/web/../server.py",
        b"/web/..%2fserver.py",
        b"/web/%2e%2e/server.py",
        b"/web/./../server.py",
    ),
    *(b"/web/page/../../server.py", b"/web/..", b"/web/%2e%2e%2f%2e%2e%2fetc/passwd"),
    *(b"/web//etc/passwd", b"/web/%2fetc%2fpasswd", b"/web/..\\server.py", b"/../server.py"),
    *(b"/favicon.ico/../server.py", b"/web/file:///etc/passwd", str(ROOT / "server.py").encode()),
]
NO_FILES = [
    *(b"/web/nothing.js", b"/web/", b"/web", b"/web/page", b"/web/page/"),
    *(b"/web/%00", b"/web/index.html%00.js", b"/web/" + b"a" * 5_000, b"/web/con%0d%0aX:1"),
    *(b"/index.html", b"/favicon.svg"),
]


@pytest.mark.gen_test
async def test_nothing_but_the_files_of_the_pages_can_be_read(port: int) -> None:
    for path in (*OUTSIDE, *NO_FILES):
        answer = await ask(port, "GET", path)
        assert (path, answer.status, answer.json) == (path, 404, NOT_FOUND)
        assert answer.headers["Content-Type"] == "application/json"
        assert "Server" not in answer.headers


@pytest.mark.gen_test
async def test_a_path_that_is_no_text_is_refused(port: int) -> None:
    answer = await ask(port, "GET", b"/web/%ff")
    assert (answer.status, answer.json) == (400, {"detail": "Bad Request."})


@pytest.mark.gen_test
async def test_a_page_cannot_be_written_to(port: int) -> None:
    for verb in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = await ask(port, verb, b"/", body=b"{}")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.json == {"detail": f'Method "{verb}" not allowed.'}
