"""Requests that no honest client makes: odd targets, queries and lengths, and bodies too large."""

import asyncio
from typing import Any

import pytest

from tests.conformance.inbox_routes import INBOX, LISTS, PAGE, WITH_BODY
from tests.conformance.test_every_route import JSON, say, token, unchanged
from tests.conformance.wire import Streams, answer_on, ask, chunked, connected, head
from tests.sites import Answer, Site

MIB = 2**20
LIMIT = 8 * MIB  # of a body, as the settings give it
NOT_FOUND = {"detail": "Not found."}
TOO_LARGE = {"detail": "The request is too large."}

ALERTS = b"/messages"  # alerts' route for list messages (house, decision 1)
UNKNOWN = [
    *(path.encode() for path in ("/nothing/", "/messages/1/extra/", "//messages/")),
    *(b"/messages//", b"/messages//1/", b"/messages/-1/", b"/messages/abc/", b"/messages/1.0/"),
    *(b"/messages/\xff/", b"/messages/%FF/", b"/messages/%00/", "/messages/٣/".encode()),
    *(b"/messages/../messages/", b"http://elsewhere/messages/", b"/MESSAGES/", b"/messages/%31/x"),
    *(
        path
        for path in (route.path.removesuffix("/").encode() for route in INBOX)
        if path != ALERTS
    ),
    *(b"/inbox/items", b"/inbox/people", b"/inbox/counts/", b"/inbox/", b"/inbox"),
]


@pytest.mark.gen_test(timeout=30)
async def test_what_no_route_claims_is_a_json_404(site: Site) -> None:
    async with unchanged(site) as admin:
        for path in UNKNOWN:
            for headers in ([], [token(admin)], [("Accept", "text/html")]):
                for verb in ("GET", "POST", "OPTIONS"):
                    answer = await ask(site.port, verb, path, headers, b"{")
                    assert (path, verb, *say(answer)) == (path, verb, 404, NOT_FOUND)
                    assert answer.headers["Content-Type"] == "application/json"


IDS = ["0", "9223372036854775807", "9223372036854775808", "18446744073709551616", "9" * 400]


@pytest.mark.gen_test(timeout=30)
async def test_details_that_cannot_exist(site: Site) -> None:
    async with unchanged(site) as admin:
        for kind in ("messages", "messages/sent", "notices", "notices/sent"):
            for number in (*IDS, "0" * 300 + "777777"):
                answer = await site.request("GET", f"/{kind}/{number}/", admin)
                assert (kind, number, *say(answer)) == (kind, number, 404, NOT_FOUND)


ODD_TEXTS = ["%00", "%FF", "%ED%A0%80", "%F4%8F%BF%BF", "%", "%25%5F", "(", "[", "$where", "%0D%0A"]
ODD_QUERIES = [
    *(f"{key}={text}" for key in ("content", "sender__username", "q") for text in ODD_TEXTS),
    *(f"{text}=1" for text in ODD_TEXTS),
    *(f"{key}={n}" for key in ("page", "offset", "ordering", "search") for n in ("x", "9" * 400)),
    *("&&&", "=", "==", "?", "a&b", "recipient_username=%00", "format"),
    "&".join(f"content={n}" for n in range(800)),
]
INTEGER = "A valid integer is required."
NUMBERS = ["x", "1.5", "", "%C2%B2", "9" * 5_000]
INSTANT = "Enter a valid instant (ISO 8601)."
REFUSED = {
    "cursor=x": {"cursor": ["Not a cursor."]},
    "cursor=MS4x": {"cursor": ["Not a cursor."]},
    "cursor=NC4xLjE": {"cursor": ["Not a cursor."]},
    "cursor=%FF": {"cursor": ["Not a cursor."]},
    "cursor=" + "9" * 5_000: {"cursor": ["Not a cursor."]},
    "cursor=&limit=x": {"limit": [INTEGER]},
    "cursor=&limit=" + "9" * 5_000: {"limit": [INTEGER]},
    "cursor=&limit=0": {"limit": ["Ensure this value is greater than or equal to 1."]},
    "cursor=&limit=-1": {"limit": ["Ensure this value is greater than or equal to 1."]},
}
REFUSED_ITEMS = {
    "kind=x": {"kind": ['"x" is not a valid choice.']},
    "kind=message&kind=SENT": {"kind": ['"SENT" is not a valid choice.']},
    "unread=1": {"unread": ["Must be true or false."]},
    "with=bob": {"with": [INTEGER]},
    "with=%FF": {"with": [INTEGER]},
    "with=" + "9" * 400 + "x": {"with": [INTEGER]},
    "since=yesterday": {"since": [INSTANT]},
    "since=1800000000": {"since": [INSTANT]},
    "until=2026-13-01": {"until": [INSTANT]},
    "until=%00": {"until": [INSTANT]},
}


@pytest.mark.gen_test(timeout=30)
async def test_odd_queries_are_answered(site: Site) -> None:
    async with unchanged(site) as admin:
        for query in ODD_QUERIES:
            for path in ("/notices/", "/messages/sent/", "/inbox/items/", "/inbox/people/"):
                answer = await site.request("GET", f"{path}?{query}", admin)
                assert (path, query, answer.status) == (path, query, 200)
        for route in (*LISTS, *PAGE):
            wanted = 404 if route.path == "/notices/sent/" else 200
            answer = await site.request("GET", f"{route.path}?{'&'.join(ODD_QUERIES)}", admin)
            assert (route, answer.status) == (route, wanted)


@pytest.mark.gen_test(timeout=30)
async def test_bad_values_of_queries_are_told(site: Site) -> None:
    paged = [route for route in (*LISTS, PAGE[0]) if route.path != "/notices/sent/"]
    cases: list[tuple[str, str, Any]] = [
        *((route.path, query, said) for route in paged for query, said in REFUSED.items()),
        *((PAGE[0].path, query, said) for query, said in REFUSED_ITEMS.items()),
        *(
            (route.path, f"sender__id={text}", {"sender__id": [INTEGER]})
            for route in paged[:-1]
            for text in NUMBERS
        ),
        *(
            ("/messages/sent/", f"recipient_id={text}", {"recipient_id": [INTEGER]})
            for text in NUMBERS
        ),
        *(
            (route.path, f"sent_on__lt={text}", {"sent_on__lt": ["Enter a valid timestamp."]})
            for route in paged[:-1]
            for text in ("inf", "-inf", "1e30", "9" * 400)
        ),
    ]
    async with unchanged(site) as admin:
        for path, query, said in cases:
            answer = await site.request("GET", f"{path}?{query}", admin)
            assert (path, query, *say(answer)) == (path, query, 400, said)


CONTENTS: list[tuple[Any, str]] = [
    (None, "This field may not be null."),
    (True, "Not a valid string."),
    ([], "Not a valid string."),
    ({}, "Not a valid string."),
    (" \n\t ", "This field may not be blank."),
    ("a\0b", "Null characters are not allowed."),
    ("a\ud800b", "Surrogate characters are not allowed: U+D800."),
    ("\udfff", "Surrogate characters are not allowed: U+DFFF."),
]


@pytest.mark.gen_test(timeout=30)
async def test_contents_that_are_refused(site: Site) -> None:
    async with unchanged(site) as admin:
        for route in (route for route in WITH_BODY if route.is_send):
            for content, text in CONTENTS:
                body = {"content": content, "recipient_ids": ["x"]}
                answer = await site.request("POST", route.path, admin, body=body)
                said = {"content": [text], "recipient_ids": {"0": [INTEGER]}}
                assert (route, content, *say(answer)) == (route, content, 400, said)


LENGTHS = [
    ([("Content-Length", "9" * 18)], 413, TOO_LARGE),
    # Refused before anything is read: no body, and the connection is closed.
    ([("Content-Length", "2"), ("Content-Length", "2")], 400, None),
    ([("Content-Length", "2, 2")], 400, None),
    ([("Content-Length", "9" * 30)], 400, None),
    ([("Content-Length", "9" * 5_000)], 400, None),
    ([("Content-Length", "-2")], 400, None),
    ([("Content-Length", "x")], 400, None),
    ([("Content-Length", "2, 3")], 400, None),
    ([("Content-Length", "2"), ("Transfer-Encoding", "chunked")], 400, None),
    ([("Transfer-Encoding", "gzip")], 400, None),
    ([("Transfer-Encoding", "chunked")], 400, None),
]


@pytest.mark.gen_test(timeout=30)
async def test_lengths_that_make_no_sense(site: Site) -> None:
    async with unchanged(site) as admin:
        for headers, status, said in LENGTHS:
            given = [token(admin), JSON, *headers]
            answer = await ask(site.port, "PATCH", b"/messages/mark-read/", given, b"{}\r\n")
            assert (headers, *say(answer)) == (headers, status, said)


async def _pour(streams: Streams, size: int, *, in_chunks: bool) -> Answer:
    """Send so many bytes after a head, slowly enough that the answer may come before their end."""
    reader, writer = streams
    block = b"x" * (MIB // 4)
    answer = asyncio.create_task(answer_on(reader))
    for _ in range(size // len(block)):
        writer.write(chunked([block]) if in_chunks else block)
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(chunked([b"x", b""]) if in_chunks else b"x")
    await writer.drain()
    return await answer


@pytest.mark.gen_test(timeout=30)
async def test_a_body_over_the_limit_is_413_and_the_connection_goes_on(site: Site) -> None:
    """Whoever writes all of it before he reads must find the answer, not a reset connection."""
    async with unchanged(site) as admin:
        for credentials, status, said in (
            ([token(admin)], 413, TOO_LARGE),
            ([], 403, {"detail": "Authentication credentials were not provided."}),
        ):
            for in_chunks, size in ((False, LIMIT), (True, LIMIT), (False, 12 * MIB)):
                length = ("Content-Length", str(size + 1))
                how = ("Transfer-Encoding", "chunked") if in_chunks else length
                async with connected(site.port) as streams:
                    first = head("POST", b"/messages/send/", [*credentials, JSON, how])
                    streams[1].write(first)
                    answer = await _pour(streams, size, in_chunks=in_chunks)
                    assert (in_chunks, size, *say(answer)) == (in_chunks, size, status, said)
                    streams[1].write(head("GET", b"/messages/", [token(admin)]))
                    assert (await answer_on(streams[0])).status == 200


@pytest.mark.gen_test(timeout=30)
async def test_who_asks_first_is_told_before_he_sends(site: Site) -> None:
    async with unchanged(site) as admin, connected(site.port) as (reader, writer):
        headers = [token(admin), JSON, ("Content-Length", str(LIMIT + 1))]
        writer.write(head("POST", b"/messages/send/", [*headers, ("Expect", "100-continue")]))
        assert say(await answer_on(reader)) == (413, TOO_LARGE)


@pytest.mark.gen_test(timeout=30)
async def test_a_body_that_never_ends_has_no_effect(site: Site) -> None:
    async with unchanged(site) as admin, connected(site.port) as (_, writer):
        body = b'{"content": "x", "recipient_ids": [2]}'
        headers = [token(admin), JSON, ("Content-Length", str(len(body) + 1))]
        writer.write(head("POST", b"/messages/send/", headers) + body)
        await writer.drain()
