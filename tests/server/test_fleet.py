"""Workers as one server to those outside: who is connected, who is ended, and how soon."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.conftest import free_port, start_redis, stop
from tests.server.processes import SLACK_S, until
from tests.server.test_workers import House, closed_with, workers

LIMIT = 20
BOB, CAROL, DAVE = 2, 4, 5
LOOK_S = 2.0
TRIES, SHARED_TRIES = 24, 38  # of one address within a minute; what workers that share let through
REFUSED_BY_ALL = 16  # refusals in a row, of whichever worker answers
STEP_S = 0.1  # slower than workers tell each other of a quick succession
Rows = list[dict[str, Any]]


class Fleet(House):
    """Two workers with a Redis of their own, which may be killed."""

    def __init__(self, folder: Path, mongodb_uri: str):
        self.folder, self.port = folder, free_port()
        self.redis = start_redis(folder, self.port)
        super().__init__(folder, mongodb_uri, f"redis://127.0.0.1:{self.port}/0")
        self.settings["CARILLON_LIVE_CONNECTIONS_PER_USER"] = str(LIMIT)
        self.settings["CARILLON_LIMITS_SIGN_IN_ADDRESS"] = str(TRIES)
        self.settings["CARILLON_SERVER_TRUSTED_PROXIES"] = "127.0.0.1"
        self.device = "first"
        self._addresses = count(1)

    def all_say(self, status: str) -> bool:
        """Do all workers say so? Each request is another connection, so any may answer."""
        answers = [self.up().ask("GET", "/health/ready").json for _ in range(8)]
        return all(answer is not None and answer["status"] == status for answer in answers)

    def rows(self, query: str = "") -> Rows:
        answer = self.up().ask("GET", f"/live/connections/{query}", self.admin)
        assert answer.status == 200, answer
        found: Rows = answer.json["connections"]
        return found

    def live(self, open_ones: ExitStack, **headers: str) -> ClientConnection:
        """A greeted connection, which ends with the stack."""
        uri = f"ws://127.0.0.1:{self.up().port}/live?device={self.device}"
        one = open_ones.enter_context(
            connect(uri, additional_headers=headers, open_timeout=20, close_timeout=1)
        )
        assert json.loads(one.recv(10))["type"] == "hello"
        return one

    def everywhere(
        self, open_ones: ExitStack, user: int = BOB, **headers: str
    ) -> list[ClientConnection]:
        """Connections of a user until every worker has one; from now on these are the listed."""
        self.device = uuid4().hex
        headers = headers or {"Authorization": f"Token {self.tokens[user]}"}
        made: list[ClientConnection] = []
        while len({row["process"] for row in self.mine(user)}) < 2:
            assert len(made) < LIMIT, "one worker takes all"
            made += [self.live(open_ones, **headers) for _ in range(5)]
            until(partial(self.lists, user, len(made)))
        return made

    def lists(self, user: int, count: int) -> bool:
        """Does the list have so many connections of this user?"""
        return len(self.mine(user)) == count

    def lists_none(self, user: int) -> bool:
        return not self.rows(f"?user={user}")

    def mine(self, user: int) -> Rows:
        """Those made last: a worker may not have heard yet that others before them are gone."""
        return [row for row in self.rows(f"?user={user}") if row["device"] == self.device]

    def all_rows(self, user: int, count: int) -> Rows:
        """All of them, as soon as whichever worker answers knows of all."""
        found: list[Rows] = []

        def are_there() -> bool:
            found.append(self.mine(user))
            return len(found[-1]) == count

        until(are_there)
        return found[-1]

    def has_ended(self, path: str) -> bool:
        """An administrator ends the connection, through any worker."""
        return self.up().ask("DELETE", path, self.admin).status == 204

    def session(self) -> tuple[str, str]:
        """Sign bob in: his cookie, and what his writes must carry."""
        body = {"username": "bob", "password": self.password}
        answer = self.up().ask("POST", "/session", body=body)
        assert answer.status == 200, answer
        return answer.headers["Set-Cookie"].partition(";")[0], answer.json["csrf_token"]

    def let_through(self) -> int:
        """How often a new address may try to sign in before all workers refuse it."""
        minute = time.time() // 60
        address, tried, refused = f"10.0.0.{next(self._addresses)}", 0, 0
        while refused < REFUSED_BY_ALL:
            answer = self.up().ask("POST", "/session", body={}, X_Forwarded_For=address)
            refused = refused + 1 if answer.status == 429 else 0
            tried += answer.status == 400
            time.sleep(STEP_S if tried > TRIES / 2 else 0)  # noqa: TID251 - no loop runs here
        return tried if time.time() // 60 == minute else self.let_through()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, mongodb_uri: str) -> Iterator[Fleet]:
    made = Fleet(tmp_path_factory.mktemp("fleet"), mongodb_uri)
    yield made
    if made.now is not None:
        made.now.kill()
    stop(made.redis)


def left(everyone: list[ClientConnection], since_s: float, within_s: float) -> None:
    """All are told that they are signed out, and in time."""
    with ThreadPoolExecutor(len(everyone)) as pool:
        codes = set(pool.map(closed_with, everyone))
    assert codes == {3500}
    assert time.monotonic() - since_s < within_s + SLACK_S


def test_who_is_connected_to_any_worker_is_listed_and_ended_by_any(fleet: Fleet) -> None:
    with ExitStack() as open_ones:
        everyone = fleet.everywhere(open_ones)
        rows = fleet.all_rows(BOB, len(everyone))
        assert {row["user"]["username"] for row in rows} == {"bob"}
        assert {row["transport"] for row in rows} == {"websocket"}
        for row in rows:
            until(partial(fleet.has_ended, f"/live/connections/{row['id']}/"))
        assert {closed_with(one) for one in everyone} == {3503}
    until(partial(fleet.lists_none, BOB))


def test_a_burst_of_one_user_settles_at_the_limit(fleet: Fleet) -> None:
    """At most the limit on each worker, and soon the limit over all."""
    uri = f"ws://127.0.0.1:{fleet.up().port}/live"
    header = {"Authorization": f"Token {fleet.tokens[BOB]}"}
    with ExitStack() as open_ones:

        def attempt(_: int) -> ClientConnection | int:
            try:
                made = connect(uri, additional_headers=header, open_timeout=20, close_timeout=1)
            except InvalidStatus as refusal:
                return refusal.response.status_code
            return open_ones.enter_context(made)

        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(attempt, range(3 * LIMIT)))
        came = [one for one in results if isinstance(one, ClientConnection)]
        assert {one for one in results if isinstance(one, int)} <= {429}
        until(lambda: sum(one.protocol.close_rcvd is None for one in came) <= LIMIT)
        until(lambda: 0 < len(fleet.rows(f"?user={BOB}")) <= LIMIT)
        told = Counter(one.protocol.close_rcvd and one.protocol.close_rcvd.code for one in came)
        assert told.keys() <= {None, 3011, 3012}
        assert told[None] < LIMIT or attempt(0) == 429
    until(partial(fleet.lists_none, BOB))


def sign_out(fleet: Fleet, within_s: float) -> None:
    """End bob's session, while he is connected to every worker."""
    cookie, csrf = fleet.session()
    with ExitStack() as open_ones:
        everyone = fleet.everywhere(open_ones, Cookie=cookie, Origin=fleet.up().base)
        write = {"Cookie": cookie, "X_CSRF_Token": csrf}
        assert fleet.up().ask("DELETE", "/session", **write).status == 204
        left(everyone, time.monotonic(), within_s)
    until(partial(fleet.lists_none, BOB))


def test_who_signs_out_is_gone_from_every_worker_within_a_second(fleet: Fleet) -> None:
    sign_out(fleet, 1)


@pytest.mark.parametrize(("user", "words"), [(CAROL, ["tokens", "revoke"]), (DAVE, ["users"])])
def test_who_is_locked_out_is_gone_from_every_worker_within_a_second(
    fleet: Fleet, user: int, words: list[str]
) -> None:
    act = (*words, fleet.tokens[user]) if user == CAROL else (*words, "deactivate", "dave")
    with ExitStack() as open_ones:
        everyone = fleet.everywhere(open_ones, user)
        fleet.say(*act)
        left(everyone, time.monotonic(), 1)


def test_a_killed_workers_rows_vanish(fleet: Fleet) -> None:
    with ExitStack() as open_ones:
        fleet.everywhere(open_ones)
        server = fleet.up()
        victim = next(iter(workers(server)))
        os.kill(victim, signal.SIGKILL)
        began = time.monotonic()
        until(lambda: not any(_is_of(row, victim) for row in fleet.rows(f"?user={BOB}")))
        assert time.monotonic() - began < 4 + SLACK_S
        until(lambda: "runs again" in server.err)
    until(partial(fleet.lists_none, BOB))


def _is_of(row: dict[str, Any], pid: int) -> bool:
    return bool(row["process"].startswith(f"{pid}-"))


def test_a_limit_is_one_over_all_workers(fleet: Fleet) -> None:
    assert TRIES <= fleet.let_through() <= SHARED_TRIES


def test_without_redis_all_that_holds_within_a_look(fleet: Fleet) -> None:
    until(partial(fleet.all_say, "ok"))
    stop(fleet.redis)
    began = time.monotonic()
    until(partial(fleet.all_say, "degraded"))
    assert time.monotonic() - began < 3 + SLACK_S
    try:
        assert SHARED_TRIES < fleet.let_through() <= 2 * TRIES, "each counts by itself"
        sign_out(fleet, LOOK_S + 1)
        with ExitStack() as open_ones:
            everyone = fleet.everywhere(open_ones)
            began = time.monotonic()
            for row in fleet.all_rows(BOB, len(everyone)):
                until(partial(fleet.has_ended, f"/live/connections/{row['id']}/"))
            assert {closed_with(one) for one in everyone} == {3503}
            assert time.monotonic() - began < LOOK_S + 1 + SLACK_S
    finally:
        fleet.redis = start_redis(fleet.folder, fleet.port)
    began = time.monotonic()
    until(partial(fleet.all_say, "ok"))
    assert time.monotonic() - began < 1 + SLACK_S
    until(lambda: fleet.let_through() <= SHARED_TRIES)
    assert "rates fails: Redis is away, so each process counts by itself" in fleet.up().err
    expected = ("ended (SIGKILL)", "lost the link to Redis", "rates fails", "was too slow")
    assert not fleet.up().troubles(*expected)  # the last: a busy machine
