"""The headers that answers begin with: copied or made, they are the same."""

from typing import Any

import pytest
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application

from handlers import heads
from handlers.answering import HEADS, Answering
from handlers.routes import routes
from tests.conftest import settings_for
from tests.handlers.light import light_app

KINDS = sorted(
    {route[1] for route in routes(settings_for("x")) if issubclass(route[1], Answering)},
    key=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
SECOND = 1_800_000_000.0


class Connection(HTTPConnection):
    def set_close_callback(self, callback: object) -> None: ...


@pytest.fixture
def application() -> Application:
    return Application([], app=light_app())


@pytest.fixture(autouse=True)
def at_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: SECOND)
    HEADS._kept.clear()


def answer(kind: type[Answering], application: Application, protocol: str = "http") -> Any:
    """One that has just begun."""
    request = HTTPServerRequest(
        connection=Connection(),
        headers=HTTPHeaders({"Host": "here", "X-Request-Id": "mine"}),
        start_line=RequestStartLine("GET", "/", "HTTP/1.1"),
    )
    request.protocol = protocol
    made = kind.__new__(kind)
    made.application, made.request = application, request
    made.clear()
    return made


def lines(one: Any) -> list[tuple[str, str]]:
    return list(one._headers.get_all())


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_copied_head_is_as_one_that_was_made(
    application: Application, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KINDS
    for kind in KINDS:
        first, second = (answer(kind, application, protocol) for _ in range(2))
        assert HEADS._kept
        with monkeypatch.context() as unknown:
            unknown.setattr(heads, "IS_KNOWN", False)
            HEADS._kept.clear()
            made = answer(kind, application, protocol)
            assert not HEADS._kept
        assert lines(first) == lines(second) == lines(made)
        assert second._headers == made._headers
        assert ("X-Request-Id", "mine") in lines(made)
        assert ("Strict-Transport-Security" in made._headers) is (protocol == "https")
        assert (second._status_code, second._reason, second._write_buffer) == (200, "OK", [])


def test_what_one_answer_says_is_not_in_the_next(application: Application) -> None:
    kind = KINDS[0]
    answer(kind, application)
    said = answer(kind, application)
    said.add_header("Allow", "more")
    said.set_header("Set-Cookie", "secret")
    said.clear_header("Cache-Control")
    said.set_status(404)
    after = answer(kind, application)
    assert "more" not in after._headers["Allow"]
    assert "Set-Cookie" not in after._headers
    assert "Cache-Control" in after._headers
    assert after.get_status() == 200


def test_the_date_moves_with_the_second(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = []
    for now in (SECOND, SECOND + 0.9, SECOND + 1):
        monkeypatch.setattr("time.time", lambda now=now: now)
        dates.append(answer(KINDS[0], application)._headers["Date"])
    assert dates == [
        "Fri, 15 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 2027 08:00:01 GMT",
    ]


@pytest.mark.parametrize("is_known", [True, False])
def test_headers_that_were_read_are_as_tornado_s(
    is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "IS_KNOWN", is_known)
    read = heads.headers_of({heads.normal("x-a"): ["1", "2"], heads.normal("HOST"): ["here"]})
    made = HTTPHeaders()
    for name, value in (("x-a", "1"), ("X-A", "2"), ("HOST", "here")):
        made.add(name, value)
    assert read == made
    assert list(read.get_all()) == list(made.get_all())
    assert (read["x-A"], read.get("X-a"), read.get("host")) == ("1,2", "1,2", "here")
    assert (read.get("Missing"), read.get("Missing", "")) == (None, "")
    assert "missing" not in read
    read.add("Host", "there")
    read["X-A"] = "3"
    assert (read.get("Host"), read.get("X-A"), read.get_list("x-a")) == ("here,there", "3", ["3"])
    del read["X-A"]
    assert read.get("X-A") is None
