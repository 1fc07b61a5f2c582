"""Files of stage messages over HTTP, and /media/ (contract, 1.2.5; surface, "Files")."""

import re
from typing import Any

import pytest

from tests.conformance.wire import connected
from tests.handlers.schedule_calls import worker
from tests.handlers.stage_calls import FILES, MESSAGES, SETS, form, new_message, new_set, upload
from tests.sites import Site

HOUR = 3_600_000_000


async def kept(site: Site) -> dict[str, int]:
    """How many documents there are of what an upload leaves."""
    names = ("stages_binaries", "stages_files.files", "stages_files.chunks", "stages_uploads")
    found = {name: await site.carillon.database.collection(name).find({}) for name in names}
    return {name.rpartition("_")[2]: len(found[name]) for name in names}


@pytest.mark.gen_test
async def test_a_file_is_stored_read_replaced_and_deleted(site: Site) -> None:
    who = await worker(site)
    content = bytes(range(256)) * 2_000  # over two pieces
    made = await upload(site, who, "Welcome.MP3", content)
    assert made.status == 201, made
    url = made.json["content"]
    assert re.fullmatch(rf"{site.base}/media/\d{{20}}[0-9a-f]{{32}}\.mp3", url)
    path = f"{FILES}{made.json['id']}/"
    assert (await site.request("GET", path, who)).json == made.json
    assert (await site.request("GET", FILES, who)).json["results"] == [made.json]
    read = await site.request("GET", url.removeprefix(site.base), headers={"Accept": "audio/*"})
    assert (read.status, read.body) == (200, content)
    assert read.headers["Content-Type"] == "audio/mpeg"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Security-Policy"].startswith("sandbox")
    replaced = await upload(site, who, "b.pdf", b"%PDF", verb="PUT", path=path)
    assert (replaced.status, replaced.json["id"]) == (200, made.json["id"])
    assert (await site.request("GET", url.removeprefix(site.base))).status == 404
    where = replaced.json["content"].removeprefix(site.base)
    assert (await site.request("GET", where)).headers["Content-Disposition"] == "attachment"
    assert await kept(site) == {"binaries": 1, "files.files": 1, "files.chunks": 1, "uploads": 0}
    nothing = await site.request("PATCH", path, who, body={})
    assert (nothing.status, nothing.json) == (200, replaced.json)
    assert (await site.request("DELETE", path, who)).status == 204
    assert (await site.request("GET", where)).status == 404
    assert (await site.request("GET", path, who)).status == 404
    assert await kept(site) == {"binaries": 1, "files.files": 0, "files.chunks": 0, "uploads": 0}


@pytest.mark.gen_test
async def test_a_message_carries_a_file_and_goes_with_it(site: Site) -> None:
    who = await worker(site)
    file = (await upload(site, who, "a.png", b"png")).json
    made = await new_set(site, who)
    message = await new_message(site, who, made, 1, binary_content=file["id"], text_content=None)
    assert message["binary_content"] == file["id"]
    content = (await site.request("GET", f"{MESSAGES}{message['id']}/content", who)).json
    assert content["binary_content"] == file
    whole = (await site.request("GET", f"{SETS}{made['id']}/messages", who)).json
    assert [one["binary_content"] for one in whole["messages"]] == [file]
    assert (await site.request("DELETE", f"{FILES}{file['id']}/", who)).status == 204
    assert (await site.request("GET", f"{MESSAGES}{message['id']}/", who)).status == 404


@pytest.mark.gen_test
async def test_what_is_no_file(site: Site) -> None:
    who = await worker(site)
    not_one = "The submitted data was not a file. Check the encoding type on the form."
    cases: list[tuple[Any, dict[str, str], str]] = [
        ({}, {}, "No file was submitted."),
        ({"content": "x"}, {}, not_one),
        ({"content": None}, {}, "This field may not be null."),
        (*form("a.mp3", b"")[::-1], "The submitted file is empty."),
        (*form("a.mp3", b"x", "other")[::-1], "No file was submitted."),
        (*form("", b"")[::-1], "No file was submitted."),  # as browsers send one that nobody chose
        (*form("", b"x")[::-1], not_one),
    ]
    for body, headers, text in cases:
        answer = await site.request("POST", FILES, who, body=body, headers=headers)
        assert (answer.status, answer.json) == (400, {"content": [text]}), body
    for name in ("a.html", "a.svg", "a", "a.mp3.js", ".mp3"):
        answer = await upload(site, who, name, b"x")
        assert (name, answer.status, list(answer.json)) == (name, 400, ["content"])
    large = await upload(site, who, "a.mp3", b"x" * (8 * 2**20))
    assert large.status == 413
    assert set((await kept(site)).values()) == {0}


@pytest.mark.gen_test
async def test_an_upload_that_breaks_off_leaves_nothing(site: Site) -> None:
    who = await worker(site)
    headers, body = form("a.mp3", b"x" * 100_000)
    async with connected(site.port) as (reader, writer):
        lines = [
            f"POST {FILES} HTTP/1.1",
            "Host: x",
            f"Authorization: Token {who.token}",
            f"Content-Type: {headers['Content-Type']}",
            f"Content-Length: {len(body)}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body[:50_000])
        await writer.drain()
    assert (await site.request("GET", FILES, who)).json["count"] == 0
    assert set((await kept(site)).values()) == {0}


@pytest.mark.gen_test
async def test_what_a_killed_process_left_is_removed_later(site: Site) -> None:
    """It died after its file was stored and before it had a row; another had its row."""
    who = await worker(site)
    made = (await upload(site, who, "a.mp3", b"x")).json
    name = made["content"].rpartition("/")[2]
    files = site.app.stages.binaries._files
    now = site.app.clock.wall()
    await files.doubt(name, now - 2 * HOUR)
    await files.doubt("left.mp3", now - 2 * HOUR)
    await files.put("left.mp3", b"left")
    await files.doubt("young.mp3", now)
    await files.put("young.mp3", b"young")
    await site.app.stages.begin()
    assert await files.read("left.mp3") is None
    assert await files.read("young.mp3") == b"young"
    assert (await site.request("GET", f"/media/{name}")).body == b"x"
    assert (await kept(site))["uploads"] == 1


@pytest.mark.gen_test
async def test_under_a_key_one_file_is_stored(site: Site) -> None:
    who = await worker(site)
    headers, body = form("a.mp3", b"x")
    headers["Idempotency-Key"] = "k"
    answers = [await site.request("POST", FILES, who, body=body, headers=headers) for _ in "ab"]
    assert {(one.status, one.body) for one in answers} == {(201, answers[0].body)}
    assert await kept(site) == {"binaries": 1, "files.files": 1, "files.chunks": 1, "uploads": 0}
