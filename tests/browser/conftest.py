"""A real server, a real browser, and people who sign in with it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.stage import ADMIN, CHROMIUM, CHROMIUM_ARGS, NAMES, Newcomer, Server, Visitors

expect.set_options(timeout=20_000)  # ms; the usual five are over soon on a busy machine


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Everybody of NAMES, on a data folder that no server runs on: passwords take time to hash."""
    server = Server(tmp_path_factory.mktemp("town") / "data")
    server.add_users(NAMES)
    return server


@pytest.fixture(scope="module")
def server(town: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with everybody of NAMES and nothing sent yet."""
    server = replace(town, data=tmp_path_factory.mktemp("browser") / "data")
    shutil.copytree(town.data, server.data)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def newcomer(server: Server) -> Newcomer:
    """Names of people whom no test has used, so that their boxes are empty."""
    names = iter([name for name in NAMES if name != ADMIN])
    return lambda: next(names)


@pytest.fixture
def visitors(browser: Browser, server: Server) -> Iterator[Visitors]:
    """Fails the test when a page logged an error, threw one, or broke its security policy."""
    visitors = Visitors(browser, server)
    yield visitors
    assert visitors.leave() == []
