"""Every route lies below a path of the README's table; every path that a page names is one."""

import re

import pytest

from handlers import routes
from handlers.base import ApiHandler
from handlers.description.paths import path_of
from tests.conftest import settings_for
from tests.docs.pages import PAGES, README, coded, table

NO_ROUTES = {
    *("/opt/carillon", "/etc/carillon/", "/etc/carillon/config.yaml", "/etc/haproxy/carillon.pem"),
    *("/proc/<>/task/*/schedstat", "/dev/shm", "/page", "/var/lib/carillon", "/var/lib/new"),  # noqa: S108
    *("/backup/carillon.zip", "/run/haproxy/carillon.sock"),
}


def nameless(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"<[^>]*>|{\w+}", "<>", path)


def templates() -> dict[str, type]:
    names = [f"part{number}" for number in range(9)]
    every = routes.routes(settings_for("x"))
    return {nameless(path_of(pattern, names).template): one for pattern, one, *_ in every}


ROUTES = templates()
KNOWN = {path.rstrip("/") for path in ROUTES} | {"/console", "/docs"}  # pages by their files


def listed() -> list[str]:
    """The paths of the README's table; ``…/x`` stands below the first part of the one before."""
    paths: list[str] = []
    for cell, *_ in table(README, "## What speaks to it\n\n| | |"):
        for name in re.findall(r"`([^`]+)`", cell):
            begun = paths[-1] if name.startswith("…") else ""
            root = begun[: begun.rstrip("/").rindex("/")] if begun else ""
            paths.append(root + name.removeprefix("…"))
    return paths


def test_every_route_lies_below_a_path_of_the_readme() -> None:
    roots = [nameless(path).rstrip("…/") for path in listed()]
    assert "" in roots, "the inbox page"
    lost = [
        path
        for path, handler in ROUTES.items()
        if issubclass(handler, ApiHandler)
        and not any(f"{path.rstrip('/')}/".startswith(f"{root}/") for root in roots if root)
    ]
    assert lost == []


def named(text: str) -> list[tuple[str, str]]:
    """Each path in code on a page, with the verb before it, if there is one."""
    found: list[tuple[str, str]] = []
    for code in map(nameless, coded(text)):
        found += re.findall(
            r"(?:(?<!\S)(GET|POST|PUT|PATCH|DELETE) )?(?<![\S])(/[^\s\"',;|]+)", code
        )
    return found


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_calls_a_path_is_one(page: str) -> None:
    for verb, said in named(PAGES[page]):
        path = said.partition("?")[0].rstrip("/")
        if said in NO_ROUTES or not path:
            continue
        if path.endswith("…"):
            assert any(one.startswith(path[:-1]) for one in KNOWN), said
            continue
        assert path in KNOWN or any(matches(one, path) for one in ROUTES), said
        takers = [one for one in ROUTES if one.rstrip("/") == path and verb]
        allowed = {taken for one in takers for taken in ROUTES[one].allowed_verbs()}  # type: ignore[attr-defined]
        assert not takers or verb in allowed, (verb, said)


def matches(template: str, path: str) -> bool:
    pattern = re.escape(template.rstrip("/")).replace("<>", "[^/]+")
    return template.strip("/") != "<>" and re.fullmatch(pattern, path) is not None


def test_the_page_of_accounts_names_every_right() -> None:
    told = {
        right
        for cell, *_ in table(PAGES["docs/accounts.md"], "| right | what it opens |")
        for right in re.findall(r"`([\w.]+)`", cell)
    }
    needed = {getattr(handler, "needs", None) for handler in ROUTES.values()} - {None}
    assert told == needed
