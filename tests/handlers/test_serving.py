"""The HTTP server: where it listens, whose forwarding headers it believes."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from tornado.testing import bind_unused_port

from handlers.serving import address, listen
from services.app import App
from settings import Settings, load
from tests.account_site import PASSWORD, token_of
from tests.account_site import site as account_site
from tests.conformance.wire import answer_on, ask, connected, head
from tests.conftest import StoreUris
from tests.handlers.fronts import served_front
from tests.handlers.light import light_app

JSON = ("Content-Type", "application/json")
SETTINGS = load(environ={})


# Where it listens


def test_an_address_is_shown_as_it_is_typed() -> None:
    for given, shown in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("", "0.0.0.0")]:
        server = replace(SETTINGS.server, address=given)
        sockets = listen(server, 0)
        assert address(server, sockets) == f"http://{shown}:{sockets[0].getsockname()[1]}"
        for one in sockets:
            one.close()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # Tornado's, when it fails
def test_what_cannot_be_listened_on_is_said_in_a_line() -> None:
    taken, port = bind_unused_port()
    with pytest.raises(OSError, match=f"^cannot listen on 127.0.0.1:{port}: Address already in"):
        listen(replace(SETTINGS.server, port=port), None)
    taken.close()
    for wrong in ("no.such.host.invalid", "192.0.2.1", "a..b", "x" * 300):
        with pytest.raises(OSError, match="^cannot listen on ") as caught:
            listen(replace(SETTINGS.server, address=wrong), 0)
        assert "\n" not in str(caught.value)


# Whom it believes

FORWARDED = [
    ("X-Forwarded-For", "192.0.2.7, 10.1.2.3"),
    ("X-Forwarded-Proto", "https"),
    ("X-Real-Ip", "192.0.2.9"),
    ("X-Scheme", "https"),
]
TOLD = ["X-Forwarded-For", "X-Forwarded-Proto"]


@pytest.mark.gen_test
async def test_only_named_proxies_are_believed(http: str) -> None:
    for proxies, seen in [
        ("", ["127.0.0.1", "http", [name for name, _ in FORWARDED]]),
        ("10.0.0.0/8,::1", ["127.0.0.1", "http", []]),
        ("127.0.0.1", ["10.1.2.3", "https", TOLD]),
        ("127.0.0.0/8,10.0.0.0/8", ["192.0.2.7", "https", TOLD]),
        ("127.0.0.1,10.0.0.0/8,192.0.2.0/24", ["127.0.0.1", "https", ["X-Forwarded-Proto"]]),
    ]:
        async with served_front(
            light_app(CARILLON_SERVER_TRUSTED_PROXIES=proxies, CARILLON_SERVER_HTTP=http)
        ) as (_, port):
            assert (await ask(port, "GET", b"/echo", FORWARDED)).json == seen


@pytest.mark.gen_test
async def test_what_a_proxy_says_holds_for_one_request(http: str) -> None:
    app = light_app(CARILLON_SERVER_TRUSTED_PROXIES="127.0.0.1", CARILLON_SERVER_HTTP=http)
    async with served_front(app) as (_, port), connected(port) as (reader, writer):
        for sent, seen in [
            (FORWARDED, ["10.1.2.3", "https", TOLD]),
            ([], ["127.0.0.1", "http", []]),
            ([("X-Forwarded-For", "not an address")], ["127.0.0.1", "http", ["X-Forwarded-For"]]),
            ([("X-Forwarded-For", "127.0.0.1, ")], ["127.0.0.1", "http", []]),
            ([("X-Forwarded-Proto", "https, http")], ["127.0.0.1", "http", ["X-Forwarded-Proto"]]),
        ]:
            writer.write(head("GET", b"/echo", sent))
            assert (await answer_on(reader)).json == seen


def _with_server(settings: Settings, **fields: Any) -> Settings:
    return replace(settings, server=replace(settings.server, **fields))


@pytest.mark.gen_test
async def test_a_cookie_is_secure_when_a_proxy_of_ours_says_https(
    store_uris: StoreUris, database_name: str
) -> None:
    body = f'{{"username": "alice", "password": "{PASSWORD}"}}'.encode()
    async with account_site(store_uris, database_name) as one:
        cases: list[tuple[dict[str, Any], str, bool]] = [
            ({"trusted_proxies": ("127.0.0.1",)}, "https", True),
            ({"trusted_proxies": ("127.0.0.1",)}, "http", False),
            ({"trusted_proxies": ("10.0.0.1",)}, "https", False),
            ({}, "https", False),
            ({"public_url": "https://ring.example.org"}, "http", True),
        ]
        for fields, proto, is_secure in cases:
            app: App = replace(one.app, settings=_with_server(one.app.settings, **fields))
            async with served_front(app) as (_, port):
                headers = [JSON, ("X-Forwarded-Proto", proto)]
                answer = await ask(port, "POST", b"/session", headers, body)
                assert answer.status == 200
                assert ("Secure" in answer.headers["Set-Cookie"].split("; ")) is is_secure


@pytest.mark.gen_test
async def test_links_name_what_was_asked_of_a_proxy_of_ours(
    store_uris: StoreUris, database_name: str
) -> None:
    async with account_site(store_uris, database_name) as one:
        root = await token_of(one.app, "root")
        own = "http://carillon"
        cases = [
            (
                ("127.0.0.1",),
                "ring.example.org",
                "/scheduler",
                "https://ring.example.org/scheduler",
            ),
            (("127.0.0.1",), "ring.example.org:81", "/a/b/", "https://ring.example.org:81/a/b"),
            (("127.0.0.1",), "[::1]:81", "", "https://[::1]:81"),
            (("127.0.0.1",), "a/b", "//evil", "https://carillon"),
            (("127.0.0.1",), "a@b", "/?x", "https://carillon"),
            (("10.0.0.1",), "ring.example.org", "/scheduler", own),
            ((), "ring.example.org", "/scheduler", own),
        ]
        for proxies, host, prefix, base in cases:
            settings = _with_server(one.app.settings, trusted_proxies=proxies)
            app: App = replace(one.app, settings=settings)
            async with served_front(app) as (_, port):
                headers = [*root.items(), ("X-Forwarded-Proto", "https")]
                headers += [("X-Forwarded-Host", host), ("X-Forwarded-Prefix", prefix)]
                answer = await ask(port, "GET", b"/api/v1/user/?limit=1", headers)
                shown = answer.json
                assert shown["results"][0]["url"] == f"{base}/api/v1/user/2/"
                assert shown["next"] == f"{base}/api/v1/user/?limit=1&offset=1"


def test_where_there_is_room_for_few_connections_it_says_so() -> None:
    program = (
        "import logging, resource; from handlers.serving import raise_file_limit;"
        "logging.basicConfig(); resource.setrlimit(resource.RLIMIT_NOFILE, (300, 1_000));"
        "raise_file_limit(); print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "1000\n"
    assert "room for about 800 connections: the system allows 1000 open files" in done.stderr
