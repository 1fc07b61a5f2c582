"""Idempotency-Key on every route that creates: one answer, one effect, for a day (surface)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from domain.clock import SECOND
from domain.records import Key
from handlers import routes
from handlers.base import ApiHandler
from tests.conftest import settings_for
from tests.handlers.test_routes import ALERT_PAGES
from tests.sites import Answer, Person, Site

REUSED = "This Idempotency-Key was used with another request."
KEY = "6d1f0c6e-4a3e-4b8e-9f5a-000000000001"


@dataclass(frozen=True)
class Creating:
    """One route that creates: a good body, another one, a bad one, and where the effect is."""

    path: str
    body: Mapping[str, Any]
    other: Mapping[str, Any]
    bad: Mapping[str, Any]
    collection: str
    verb: str = "POST"


def _send(kind: str, **recipients: Any) -> Creating:
    return Creating(
        f"/{kind}s/send/",
        {"content": "x", **recipients},
        {"content": "y", **recipients},
        {"content": "", **recipients},
        "inbox_notices" if "audience" in recipients else "inbox_deliveries",
    )


TO_FRIEND = {"recipient_ids": ["friend"]}
CREATING = {
    "message": _send("message", **TO_FRIEND),
    "notice": _send("notice", **TO_FRIEND),
    "broadcast": _send("notice", audience="everyone"),
    "token": Creating(
        "/api/v1/user/token/",
        {"email": "a@example.org"},
        {"email": "b@example.org"},
        {"email": ""},
        "accounts_tokens",
    ),
    "schedule": Creating(
        "/api/v1/schedule/",
        {"endpoint": "http://example.com/", "auth_token": "secret", "cron_definition": "@daily"},
        {"endpoint": "http://example.com/"},
        {"endpoint": "x"},
        "schedules",
    ),
    "webhook": Creating(
        "/api/v1/webhook/",
        {"event": "schedule.added", "target": "http://example.com/"},
        {"event": "schedule.added", "target": "http://example.org/"},
        {"event": ""},
        "webhooks",
    ),
}
# Sets, messages and subscriptions need something to name: tests/handlers/test_stages_keys.py
STAGES = {f"/api/v1/{name}/" for name in ("messageset", "message", "subscriptions")}
STAGES |= {"/api/v1/subscriptions/request/", "/api/v1/binarycontent/"}
# Names are somebody's for good: tests/handlers/test_administration.py
ACCOUNTS = {f"/accounts/{name}/" for name in ("users", "groups", "tokens")}
# These take no body: tests/handlers/test_stage_upkeep.py
STAGES |= {
    "/api/v1/behind-subscriptions/find_behind_subscriptions/",
    "/api/v1/runsendestimate/",
}
# Firing by hand takes no body: tests/handlers/test_schedule_keys.py
# Sending takes none either: tests/handlers/test_stage_sends.py
STAGES |= {rf"/api/v1/subscriptions/([^/]+)/{name}/" for name in ("send", "resend")}
FIRING = r"/api/v1/schedule/([0-9]+)/send/"
# Takes a session's token: tests/handlers/test_announcements.py
MESSAGES = r"/api/v1/message"
# Subscriptions need a list: tests/handlers/test_alert_subscriptions.py, test_alert_subscribers.py
PEOPLE = {"/subscriptions", "/subscriptions/auth-token", "/subscribers/auth-token"}
# What makes nothing that lasts, or nothing that may be remembered with its request.
NOT_KEYED = {
    "/subscriber-lists/": "makes the list of these criteria once, however often it is asked for",
    "/subscriber-lists/([^/]+)/bulk-unsubscribe/": "carries a sender's id of its own",
    "/content-changes/": "the same content again is 409",
    "/messages/": "carries a sender's id of its own",
    "/subscribers/govuk-account/": "makes the subscriber once, however often it is asked for",
    "/subscribers/govuk-account/link/": "the same",
    "/unsubscribe/([^/]+)/": "ends it once",
    "/announcements/preview/": "makes nothing",
    "/alerts/digests/": "the same window again is the same digest",
    **{f"/email/{page}/": "a form of a person's, without a key" for page in ALERT_PAGES},
    "/status-updates/": "makes nothing",
    "/spam-reports/": "makes nothing",
    "/session": "the body holds a password, whose hash is not to be kept; each cookie is another",
    "/api/token-auth/": "the same",
    "/live/ticket": "good once and for ten seconds: an old one would be no use",
    "/accounts/users/([0-9]+)/password/": "holds a password, or answers with one",
    "/accounts/users/([0-9]+)/erase/": "erases once, however often it is asked for",
    "/accounts/users/import/": "answers with tokens, and nothing is imported twice",
    "/accounts/groups/([0-9]+)/members/([0-9]+)/": "PUT says the same again",
    "/inbox/blocked/([0-9]+)/": "PUT says the same again",
    "/account/email/": "sends a letter; asked again it sends another, within limits",
    "/account/password/reset/": "the same",
    "/account/email/confirm/": "a link that is good once",
    "/account/password/new/": "a link that is good once",
    "/api/metrics/": "makes nothing",
    "/api/metrics/(?!.*//)(?:[^/].*)/": "the same",
    "/api/v1/session/authenticate/": "holds a password; again it is the same session",
    "/api/v1/session/deauthenticate/": "makes nothing",
    "/api/v1/session/messages_confirm/": "confirms once, however often it is asked for",
    "/api/v1/failed-tasks/": "each row is begun anew once, however often it is asked for",
    "/jobs/([^/]+)/requeue/": "a job that is begun anew already is 409",
    "/api/v1/schedule/simulate/": "makes nothing",
    "/api/v1/schedule/([0-9]+)/": "PUT says the same again",
    "/api/v1/webhook/([0-9]+)/": "PUT says the same again",
    "/api/v1/messageset/([0-9]+)/": "PUT says the same again",
    "/api/v1/binarycontent/([0-9]+)/": "PUT says the same again",
    "/api/v1/message/([0-9]+)/": "PUT says the same again",
    "/api/v1/subscriptions/([0-9a-fA-F-]+)/": "PUT says the same again",
}


def test_every_route_that_takes_post_or_put_is_in_one_of_the_lists() -> None:
    examples = (one.path for one in CREATING.values())
    paths = {FIRING, MESSAGES, *STAGES, *ACCOUNTS, *PEOPLE, *examples}
    for pattern, handler, *_ in routes.routes(settings_for("x")):
        if not issubclass(handler, ApiHandler):
            continue
        makes = {"POST", "PUT"} & set(handler.allowed_verbs())
        assert set(handler.creates) <= makes, pattern
        if handler.creates:
            assert pattern in paths or f"{pattern}/" in paths, f"{pattern} has no example here"
        elif makes:
            whole = pattern if pattern in NOT_KEYED else f"{pattern}/"
            assert whole in NOT_KEYED, f"{pattern} creates and takes no Idempotency-Key"


@dataclass
class Scene:
    """Two administrators and somebody to write to; ``asked`` sends a case's request."""

    site: Site
    admin: Person
    other: Person
    friend: Person

    async def ask(
        self, case: Creating, body: Mapping[str, Any], who: Person | None = None, key: str = KEY
    ) -> Answer:
        whole = {**body}
        if "recipient_ids" in whole:
            whole["recipient_ids"] = [self.friend.id]
        headers = {"Idempotency-Key": key}
        return await self.site.request(
            case.verb, case.path, who or self.admin, body=whole, headers=headers
        )

    async def effects(self, case: Creating) -> int:
        return len(await self.site.carillon.database.collection(case.collection).find({}))


@pytest.fixture
def scene(site: Site, io_loop: Any) -> Scene:
    async def make() -> Scene:
        return Scene(
            site, await site.admin(), await site.admin("other"), await site.person("friend")
        )

    made: Scene = io_loop.run_sync(make)
    return made


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("name", CREATING)
async def test_the_same_again_is_the_same_answer_and_one_effect(scene: Scene, name: str) -> None:
    case = CREATING[name]
    before = await scene.effects(case)
    first, *others = await asyncio.gather(*(scene.ask(case, case.body) for _ in range(4)))
    again = await scene.ask(case, case.body)
    assert first.status == 201, first
    for one in (*others, again):
        assert (one.status, one.body) == (201, first.body)
        assert one.headers.get("Carillon-Revision") == first.headers.get("Carillon-Revision")
    assert await scene.effects(case) == before + 1
    await _another_is_another(scene, case)
    assert await scene.effects(case) == before + 3


async def _another_is_another(scene: Scene, case: Creating) -> None:
    """Another body is refused; another key, and another user's same key, are other requests."""
    refused = await scene.ask(case, case.other)
    assert (refused.status, refused.json) == (422, {"detail": REUSED})
    assert (await scene.ask(case, case.body, key=f"{KEY}-2")).status == 201
    assert (await scene.ask(case, case.body, who=scene.other)).status == 201


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("name", CREATING)
async def test_what_was_refused_has_not_used_the_key(scene: Scene, name: str) -> None:
    case = CREATING[name]
    before = await scene.effects(case)
    assert (await scene.ask(case, case.bad)).status == 400
    for wrong in ("", "k" * 256):
        refused = await scene.ask(case, case.body, key=wrong)
        assert (refused.status, list(refused.json)) == (400, ["Idempotency-Key"])
    assert await scene.effects(case) == before
    assert (await scene.ask(case, case.body)).status == 201
    assert await scene.effects(case) == before + 1


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("name", CREATING)
async def test_while_the_first_runs_it_is_409_and_left_behind_it_is_done(
    scene: Scene, name: str
) -> None:
    """Its record is another process's, whose lease is good; once that is over, it is done."""
    case, site = CREATING[name], scene.site
    first = await scene.ask(case, case.body)
    await site.app.changes.settle()
    records = site.carillon.database.collection("live_records")
    record_id = Key(scene.admin.id, case.verb, case.path, KEY).record_id
    until = site.app.clock.now() + 30 * SECOND
    lease = {"state": "open", "lease_by": "another", "lease_until": until}
    await records.update({"_id": record_id}, {"$set": lease})
    answer = await scene.ask(case, case.body)
    assert (answer.status, answer.headers["Retry-After"]) == (409, "1")
    before = await scene.effects(case)
    await records.update({"_id": record_id}, {"$set": {"lease_until": 1}})
    answer = await scene.ask(case, case.body)
    assert (answer.status, answer.body) == (201, first.body)
    assert await scene.effects(case) == before


@pytest.mark.gen_test(timeout=60)
async def test_a_token_under_a_key_is_kept_by_nobody_and_its_end_is_final(scene: Scene) -> None:
    case, site = CREATING["token"], scene.site
    token = (await scene.ask(case, case.body)).json["token"]
    who = Person(0, "a@example.org", token)
    assert (await site.request("GET", "/account/", who)).status == 200
    records = site.carillon.database.collection("live_records")
    assert token not in str(await records.find({}))
    await site.app.accounts.credentials.revoke_token(token)
    record_id = Key(scene.admin.id, "POST", case.path, KEY).record_id
    await records.update({"_id": record_id}, {"$set": {"state": "open", "lease_until": 1}})
    assert (await scene.ask(case, case.body)).json == {"token": token}
    assert (await site.request("GET", "/account/", who)).status == 401
    assert await site.app.accounts.credentials.tokens(who.id) == []


@pytest.mark.gen_test(timeout=30)
async def test_a_token_does_not_follow_from_a_key_that_can_be_guessed(scene: Scene) -> None:
    case = CREATING["token"]
    refused = await scene.ask(case, case.body, key="k" * 15)
    said = ["Must have at least 16 characters here, and be random."]
    assert (refused.status, refused.json) == (400, {"Idempotency-Key": said})
    assert await scene.effects(case) == 3
