"""A request's id follows what was asked for: answer, record, publishing, job, e-mail; no secret."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.logs import JsonLines, TextLines
from domain import trail
from domain.trail import Trail, begin, following
from models.records import Records
from tests.server.processes import ROOT
from tests.sites import Site, until

PARENT = f"00-{'ab' * 16}-{'cd' * 8}-01"


class Lines:
    """What is logged, to the last detail, as JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(JsonLines())

    def of(self, request: str) -> list[str]:
        rows: list[Any] = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [row["message"] for row in rows if row.get("request") == request]

    def has(self, request: str, *texts: str) -> bool:
        return all(any(text in line for line in self.of(request)) for text in texts)


@pytest.fixture
def lines() -> Iterator[Lines]:
    made, ours = Lines(), logging.getLogger("carillon")
    before = ours.level
    ours.addHandler(made.handler)
    ours.setLevel(logging.DEBUG)
    yield made
    ours.removeHandler(made.handler)
    ours.setLevel(before)


def test_an_id_is_taken_over_if_it_is_one() -> None:
    for good in ("a", "f47ac10b-58cc-4372", "x" * 128, "Root=1-67a:b/c+d=", "1.2_3"):
        assert begin(good).request == good
    for bad in (None, "", " a", "a b", "a\nb", "ä", "x" * 129, "-a", '{"a"}'):
        made = begin(bad).request
        assert made != bad
        assert len(made) == 32
    assert begin("a", PARENT).parent == PARENT
    assert begin("a", PARENT.upper()).parent is None


def test_what_is_kept_is_what_is_read_again() -> None:
    for one in (Trail("a"), Trail("a", PARENT)):
        assert trail.from_document(one.to_document()) == one
    for other in (None, {}, "a", {"request": 1}):
        assert trail.from_document(other) is None


def test_lines_for_people_and_for_programs() -> None:
    record = logging.LogRecord("carillon.x", logging.INFO, "f", 1, "%d done", (2,), None)
    people = TextLines("%(levelname)s %(name)s: %(message)s")
    assert people.format(record) == "INFO carillon.x: 2 done"
    with following(Trail("r1")):
        assert people.format(record) == "INFO carillon.x: 2 done (request r1)"
        row = json.loads(JsonLines().format(record))
    assert row == {
        **{"at": row["at"], "level": "info", "logger": "carillon.x"},
        **{"process": record.process, "message": "2 done", "request": "r1"},
    }
    assert datetime.fromisoformat(row["at"]).tzinfo is not None


def test_the_drivers_own_lines_stay_out_at_debug() -> None:
    program = (
        "import logging; from commands.logs import log_as, log_by; from settings import Logging\n"
        "log_as('run', ('run',)); log_by(Logging('json', 'debug'), 'run', ('run',))\n"
        "logging.getLogger('pymongo.command').debug('secret')\n"
        "logging.getLogger('carillon.x').debug('a line')\n"
        "log_by(Logging('json', 'debug'), 'users', ('run',))\n"
        "logging.getLogger('carillon.x').info('no line')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert [json.loads(line)["message"] for line in done.stderr.splitlines()] == ["a line"]


@pytest.mark.gen_test
async def test_a_send_is_followed_from_the_request_to_the_job(site: Site, lines: Lines) -> None:
    alice, bob = await site.people("alice", "bob")
    soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    body = {"content": "the secret of Monday", "recipient_ids": [bob.id]}
    socket = await site.socket(bob)
    for request, more in (("now-1", {}), ("later-1", {"send_at": soon})):
        sent = await site.request(
            *("POST", "/messages/send/", alice),
            body={**body, **more},
            headers={"X-Request-Id": request},
        )
        assert sent.headers["X-Request-Id"] == request
        assert sent.status < 300
    await socket.change("message")
    await socket.change("message")
    await until(lambda: lines.has("now-1", "POST /messages/send/: 201", "is carried out"))
    await until(lambda: lines.has("now-1", "is published"))
    await until(lambda: lines.has("later-1", "POST /messages/send/", "(scheduled.leave): done"))
    [kept] = [line for line in lines.of("now-1") if "is carried out" in line]
    record = await Records(site.carillon.database).get(kept.split()[1])
    assert record is not None
    assert record.trail == Trail("now-1")
    await site.person("carol", email="carol@example.org", email_verified=True)
    asked = {"email": "carol@example.org"}
    headers = {"X-Request-Id": "mail-1"}
    await site.request("POST", "/account/password/reset/", body=asked, headers=headers)
    await until(lambda: lines.has("mail-1", "(mail."))
    await socket.close()


@pytest.mark.gen_test
async def test_every_answer_names_its_request_and_no_line_a_secret(
    site: Site, lines: Lines
) -> None:
    hashed = await site.app.accounts.passwords.hash("hush hush hush")
    alice = await site.person("alice", password=hashed)
    for path, who in (("/messages/", alice), ("/messages/", None), ("/nothing", alice)):
        answer = await site.request("GET", path, who, headers={"X-Request-Id": "no good"})
        assert len(answer.headers["X-Request-Id"]) == 32
    ticket = (await site.request("POST", "/live/ticket", alice, body={})).json["ticket"]
    await site.request("GET", f"/live/changes?ticket={ticket}")
    login = {"username": "alice", "password": "hush hush hush"}
    session = await site.request("POST", "/session", body=login)
    assert session.status < 300, session
    body = {"content": "the secret of Monday", "recipient_ids": [alice.id]}
    await site.request("POST", "/messages/send/", alice, body=body)
    await asyncio.sleep(0)
    said = lines.stream.getvalue()
    assert "POST /session" in said
    cookie = session.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    for secret in ("hush", "Monday", alice.token, ticket, cookie):
        assert secret not in said
