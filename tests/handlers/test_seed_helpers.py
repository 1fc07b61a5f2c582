"""Metrics, health and a token for a password over HTTP (stages contract, 1.2.8, 1.2.9 and 3.6)."""

import pytest

from domain.version import VERSION
from tests.sites import Site

KEYS = [  # after those of stages: tests/handlers/test_stage_upkeep.py
    "schedules.created.sum",
    "scheduler.deliver_task.connection_error.sum",
    "scheduler.deliver_task.http_error.400.sum",
    "scheduler.deliver_task.http_error.401.sum",
    "scheduler.deliver_task.http_error.403.sum",
    "scheduler.deliver_task.http_error.404.sum",
    "scheduler.deliver_task.http_error.500.sum",
    "scheduler.deliver_task.timeout.sum",
]
NO_LOGIN = {"non_field_errors": ["Unable to log in with provided credentials."]}
REQUIRED = ["This field is required."]


@pytest.mark.gen_test
async def test_metrics(site: Site) -> None:
    who = await site.person("worker", rights=("services",))
    for path in ("/api/metrics/", "/api/metrics", "/api/metrics/a", "/api/metrics/a/b/"):
        listed = await site.request("GET", path, who)
        assert (listed.status, list(listed.json)) == (200, ["metrics_available"])
        assert listed.json["metrics_available"][-len(KEYS) :] == KEYS
        fired = await site.request("POST", path, who)
        assert (fired.status, fired.json) == (200, {"scheduled_metrics_initiated": True})


@pytest.mark.gen_test
async def test_metrics_of_others_come_first_and_are_fired(site: Site) -> None:
    fired = []

    async def names() -> list[str]:
        return ["message.text.one.sum"]

    async def fire() -> None:
        fired.append(1)

    site.app.metrics.add(names, fire)
    who = await site.person("worker", rights=("services",))
    listed = await site.request("GET", "/api/metrics/", who)
    assert listed.json["metrics_available"][-len(KEYS) - 1 :] == ["message.text.one.sum", *KEYS]
    await site.request("POST", "/api/metrics/", who, body={})
    assert fired == [1]


@pytest.mark.gen_test
async def test_health_while_the_database_answers(site: Site) -> None:
    who = await site.person("anybody")
    answer = await site.request("GET", "/api/health/", who)
    assert answer.status == 200
    libraries = answer.json["result"].pop("libraries")
    assert answer.json["up"] is True
    assert answer.json["result"]["database"] == "Accessible"
    assert answer.json["result"]["version"] == VERSION
    assert sorted(libraries) == ["marshmallow", "motor", "tornado"]
    nobody = await site.request("GET", "/api/health/")
    assert (nobody.status, list(nobody.json)) == (401, ["detail"])


@pytest.mark.gen_test
async def test_a_token_for_a_password(site: Site) -> None:
    hashed = await site.app.accounts.passwords.hash("correct horse")
    who = await site.person("alice", password=hashed)
    path, body = "/api/token-auth/", {"username": "alice", "password": "correct horse"}
    for at in (path, path.removesuffix("/")):
        made = await site.request("POST", at, body=body)
        assert (made.status, list(made.json), len(made.json["token"])) == (200, ["token"], 40)
        token = {"Authorization": f"Token {made.json['token']}"}
        shown = await site.request("GET", "/account/", headers=token)
        assert shown.json["id"] == who.id
    for wrong in ({"username": "alice", "password": "x"}, {"username": "bob", "password": "x"}):
        answer = await site.request("POST", path, body=wrong)
        assert (answer.status, answer.json) == (400, NO_LOGIN)
    empty = await site.request("POST", path, body={})
    assert (empty.status, empty.json) == (400, {"username": REQUIRED, "password": REQUIRED})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = await site.request(
        "POST", path, body=b"username=alice&password=correct+horse", headers=form
    )
    assert sent.status == 200
