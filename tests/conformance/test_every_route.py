"""The same requests on every route of the inbox: who is refused, with which words, in which order.

Nothing here may be a 500, leave a traceback (unexpected logs fail any test) or have an effect.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from handlers import routes
from handlers.inbox import page
from tests.conformance.inbox_routes import INBOX, LISTS, PAGE, WITH_BODY, Route
from tests.conformance.wire import ask
from tests.sites import Answer, Person, Site

NOT_GIVEN = "Authentication credentials were not provided."
JSON = ("Content-Type", "application/json")


def test_the_tables_name_every_route() -> None:
    patterns = [str(route[0]) for route in (*routes.INBOX, *page.ROUTES)]
    paths = [route.path for route in (*INBOX, *PAGE)]
    assert [path for path in paths if not any(re.fullmatch(one, path) for one in patterns)] == []
    assert [one for one in patterns if not any(re.fullmatch(one, path) for path in paths)] == []
    assert len(paths) == len(patterns)


def token(who: Person) -> tuple[str, str]:
    return ("Authorization", f"Token {who.token}")


def say(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


@asynccontextmanager
async def unchanged(site: Site) -> AsyncIterator[Person]:
    """An administrator with one item in every box, which are the same afterwards."""
    admin, friend = await site.admin(), await site.person("friend")
    await site.send(friend, "for me", admin)
    await site.send(admin, "from me", friend)
    body = {"content": "to all", "audience": "everyone"}
    assert (await site.request("POST", "/notices/send/", admin, body=body)).status == 201
    before = await _picture(site, admin)
    yield admin
    assert await _picture(site, admin) == before


async def _picture(site: Site, who: Person) -> list[Any]:
    lists = [(await site.request("GET", route.path, who)).json for route in LISTS]
    records = await site.carillon.database.collection("live_records").find({})
    return [*lists, sorted(one["_id"] for one in records)]


@pytest.mark.gen_test(timeout=30)
async def test_nobody_comes_in_without_good_credentials(site: Site) -> None:
    async with unchanged(site) as admin:
        gone = await site.person("gone", is_active=False)
        unknown = "0" * 40
        wrong = {
            "": NOT_GIVEN,
            f"Bearer {admin.token}": NOT_GIVEN,
            "Basic YTpi": NOT_GIVEN,
            admin.token: NOT_GIVEN,
            f"Token {unknown}": "Invalid token.",
            f"tOkEn {unknown}": "Invalid token.",
            "Token": "Invalid token header. No credentials provided.",
            f"Token {unknown} {unknown}": "Invalid token header. Token string should not contain "
            "spaces.",
            "Token \xff\xfe": "Invalid token.",
            f"Token {gone.token}": "User inactive or deleted.",
        }
        for route in INBOX:
            for header, detail in wrong.items():
                headers = [("Authorization", header)] if header else []
                for verb in (route.verb, *route.other_verbs[:1], "OPTIONS"):
                    answer = await ask(site.port, verb, route.path.encode(), headers, b"{}")
                    assert (route, verb, header, *say(answer)) == (
                        *(route, verb, header),
                        *(403, {"detail": detail}),
                    )
                    assert answer.headers["Allow"] == route.allow
                    assert "Www-Authenticate" not in answer.headers


@pytest.mark.gen_test(timeout=30)
async def test_the_pages_own_routes_say_401(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in PAGE:
            path = route.path.encode()
            for header in ("", "Basic YTpi", "Token " + "0" * 40, "Bearer " + "0" * 40):
                headers = [("Authorization", header)] if header else []
                answer = await ask(site.port, "GET", path, headers)
                detail = NOT_GIVEN if "000" not in header else "Invalid token."
                assert say(answer) == (401, {"detail": detail})
                assert answer.headers["Www-Authenticate"] == "Token"
            for scheme in ("Token", "Bearer"):
                headers = [("Authorization", f"{scheme} {admin.token}")]
                assert (await ask(site.port, "GET", path, headers)).status == 200


@pytest.mark.gen_test(timeout=30)
async def test_only_one_verb_is_allowed(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in (*INBOX, *PAGE):
            for verb in (*route.other_verbs, "TRACE", "FOO"):
                answer = await ask(site.port, verb, route.path.encode(), [token(admin)], b"{")
                assert (route, verb, answer.status) == (route, verb, 405)
                assert answer.headers["Allow"] == route.allow
                if verb != "HEAD":
                    assert answer.json == {"detail": f'Method "{verb}" not allowed.'}


@pytest.mark.gen_test(timeout=30)
async def test_head_and_options_are_answered_everywhere(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in (*INBOX, *PAGE):
            path = route.path.encode()
            answer = await ask(site.port, "OPTIONS", path, [token(admin)])
            assert (answer.status, sorted(answer.json)) == (
                200,
                ["description", "name", "parses", "renders"],
            )
            if route.verb == "GET":
                got = await ask(site.port, "GET", path, [token(admin)])
                head = await ask(site.port, "HEAD", path, [token(admin)])
                assert (head.status, head.body) == (got.status, b"")
                for name in ("Content-Length", "Content-Type", "Allow"):
                    assert head.headers[name] == got.headers[name]


def _not_an_object(kind: str) -> dict[str, list[str]]:
    text = f"Invalid data. Expected a dictionary, but got {kind}."
    return {"non_field_errors": [text]}


def _required(route: Route) -> dict[str, list[str]]:
    keys = [route.key, *(["content"] if route.is_send else [])]
    return {key: ["This field is required."] for key in keys}


UNREADABLE = {
    b"{": "JSON parse error - Expecting property name enclosed in double quotes: "
    "line 1 column 2 (char 1)",
    b"{}x": "JSON parse error - Extra data: line 1 column 3 (char 2)",
    b"\xff": "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 0: "
    "invalid start byte",
    b"NaN": "JSON parse error - NaN is not a JSON value",
    b'{"a": Infinity}': "JSON parse error - Infinity is not a JSON value",
    b"[" * 100_000: "JSON parse error - Nested too deeply",
    b"9" * 5_000: "JSON parse error - A number is too long",
}
WHOLE_BODIES = {
    b"null": {"non_field_errors": ["No data provided"]},
    b"[]": _not_an_object("list"),
    b'"x"': _not_an_object("str"),
    b"3": _not_an_object("int"),
    b"2.5": _not_an_object("float"),
    b"true": _not_an_object("bool"),
}


@pytest.mark.gen_test(timeout=30)
async def test_bodies_that_are_no_object(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in WITH_BODY:
            wanted: dict[bytes, Any] = {b"": _required(route), b"{}": _required(route)}
            wanted |= {body: {"detail": detail} for body, detail in UNREADABLE.items()}
            for body, problem in {**wanted, **WHOLE_BODIES}.items():
                headers = [token(admin), JSON]
                answer = await ask(site.port, route.verb, route.path.encode(), headers, body)
                assert (route, body[:20], *say(answer)) == (route, body[:20], 400, problem)


BOUNDARY = {"detail": "Multipart form parse error - Invalid boundary"}


def _media(route: Route) -> list[tuple[list[tuple[str, str]], bytes, int, Any]]:
    """Headers, body, status and answer."""
    asked: list[tuple[list[tuple[str, str]], bytes, int, Any]] = []
    for kind in ("text/plain", "application/xml", "application/jsonx", "\xff", ""):
        detail = f'Unsupported media type "{kind}" in request.'
        asked.append(([("Content-Type", kind)], b"{}", 415, {"detail": detail}))
    asked.append(([], b"{}", 415, {"detail": 'Unsupported media type "" in request.'}))
    asked.append(([("Content-Type", "multipart/form-data")], b"x", 400, BOUNDARY))
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    for body in (b"\x00\xff=%FF%", b"=", f"{route.key}[]=1".encode()):
        asked.append((form, body, 400, _required(route)))
    return asked


@pytest.mark.gen_test(timeout=30)
async def test_media_types(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in WITH_BODY:
            for headers, body, *wanted in _media(route):
                given = [token(admin), *headers]
                answer = await ask(site.port, route.verb, route.path.encode(), given, body)
                assert (route, headers, body, *say(answer)) == (route, headers, body, *wanted)


INTEGER = ["A valid integer is required."]
LISTS_REFUSED: list[tuple[Any, Any]] = [
    (None, ["This field may not be null."]),
    ([], ["This list may not be empty."]),
    (3, ['Expected a list of items but got type "int".']),
    ("1", ['Expected a list of items but got type "str".']),
    ({}, ['Expected a list of items but got type "dict".']),
    (True, ['Expected a list of items but got type "bool".']),
    ([1, "x"], {"1": INTEGER}),
    ([True, 2.5, "", [], {}, "\0", "\ud800", 1e300, "1e3"], {str(n): INTEGER for n in range(9)}),
    ([1, 2, 3, None], {"3": ["This field may not be null."]}),
    (["9" * 1_001], {"0": ["String value too large."]}),
]
NOBODY = [[2**63], [2**64, -(2**63) - 1], [int("9" * 400)], ["9" * 400], [0, -1], [777_777]]


@pytest.mark.gen_test(timeout=30)
async def test_lists_that_name_nothing(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in WITH_BODY:
            noun = "recipients" if route.is_send else f"{route.path.split('/')[1]}"
            nobody = [(ids, [f"No valid {noun}."]) for ids in NOBODY]
            for value, problem in [*LISTS_REFUSED, *nobody]:
                body = {"content": "x", route.key: value}
                answer = await site.request(route.verb, route.path, admin, body=body)
                assert (route, value, *say(answer)) == (route, value, 400, {route.key: problem})


NOT_ACCEPTABLE = {"detail": "Could not satisfy the request Accept header."}
REPRESENTATIONS: list[tuple[bytes, str, int, Any]] = [
    (b"?format=xml", "", 404, {"detail": "Not found."}),
    (b"?format=%FF", "", 404, {"detail": "Not found."}),
    (b"?format=json&format=api", "", 404, {"detail": "Not found."}),
    (b"", "application/xml", 406, NOT_ACCEPTABLE),
    (b"", "text/html", 406, NOT_ACCEPTABLE),
    (b"", "application/*+json", 406, NOT_ACCEPTABLE),
    (b"", ",;,", 406, NOT_ACCEPTABLE),
]
WELCOME = ["text/html, */*;q=0.8", "Application/JSON; indent=4", "application/*", ""]


@pytest.mark.gen_test(timeout=30)
async def test_representations_are_judged_before_credentials(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in (*INBOX, *PAGE):
            path = route.path.encode()
            for query, accept, *wanted in REPRESENTATIONS:
                headers = [("Accept", accept)] if accept else []
                answer = await ask(site.port, route.verb, path + query, headers, b"{}")
                assert (route, query, accept, *say(answer)) == (route, query, accept, *wanted)
            for accept in WELCOME:
                headers = [("Accept", accept), token(admin)]
                answer = await ask(site.port, "OPTIONS", path + b"?format=json&format=", headers)
                assert (answer.status, answer.headers["Content-Type"]) == (200, JSON[1])
