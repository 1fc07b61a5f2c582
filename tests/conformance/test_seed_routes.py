"""The same requests on every route of the scheduler: who is refused, with which words, in order.

Nothing here may be a 500, leave a traceback (unexpected logs fail any test) or have an effect.
"""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from handlers import routes
from models.failed_tasks import NewFailure
from models.groups import NewGroup
from tests.conformance.seed_routes import ROUTES, Route
from tests.conformance.test_every_route import (
    JSON,
    NOT_GIVEN,
    REPRESENTATIONS,
    UNREADABLE,
    WELCOME,
    WHOLE_BODIES,
    say,
    token,
)
from tests.conformance.wire import ask
from tests.handlers.schedule_calls import make
from tests.handlers.stage_calls import walk
from tests.sites import Person, Site

BASIC = 'Basic realm="api"'
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
CHANGED = (
    *(
        "stages_binaries",
        "stages_sets",
        "stages_messages",
        "stages_subscriptions",
        "schedules",
        "webhooks",
    ),
    *("failed_tasks", "jobs", "accounts_users", "accounts_tokens"),
)

MEDIA = r"/media/([0-9a-zA-Z.]+)"


def test_the_table_names_every_route() -> None:
    patterns = [str(route[0]) for route in routes.SCHEDULES]
    paths = [re.sub(r"\{\w+\}", "7", route.path) for route in ROUTES]
    unnamed = [one for one in patterns if not any(re.fullmatch(one, path) for path in paths)]
    assert unnamed == ["/api/token-auth/", "/api/token-auth", MEDIA], (
        "open to all: tried on their own"
    )
    assert [path for path in paths if not any(re.fullmatch(one, path) for one in patterns)] == []


@dataclass(frozen=True)
class Scene:
    """An administrator, a schedule, a webhook, a failed task, a user and a group."""

    site: Site
    admin: Person
    gone: Person
    ids: dict[str, int]

    def path(self, route: Route) -> bytes:
        return route.path.format(**self.ids).encode()


@asynccontextmanager
async def unchanged(site: Site) -> AsyncIterator[Scene]:
    """All that is kept is the same afterwards."""
    admin = await site.admin()
    schedule = (await make(site, admin, cron_definition="0 0 1 1 *", enabled=False))["id"]
    hook = {"event": "e", "target": "http://example.com/"}
    webhook = (await site.request("POST", "/api/v1/webhook/", admin, body=hook)).json["id"]
    row = NewFailure(task_id="t", initiated_at=1, reason="r", schedule=schedule)
    await site.app.schedules.failed.add(row)
    group = await site.app.accounts.groups.add(NewGroup("g"))
    failed = (await site.request("GET", "/api/v1/failed-tasks/", admin)).json["results"][0]["id"]
    stages = await walk(site, admin)
    ids = {**stages, "schedule": schedule, "webhook": webhook, "failed": failed, "user": admin.id}
    hashed = await site.app.accounts.passwords.hash("correct horse")
    await site.app.accounts.change(admin.id, {"password": hashed})
    gone = await site.person("gone", is_active=False, rights=("services",))
    before = await _picture(site)
    yield Scene(site, admin, gone, {**ids, "group": group})
    assert await _picture(site) == before


async def _picture(site: Site) -> list[Any]:
    found = [await site.carillon.database.collection(name).find({}) for name in CHANGED]
    return [sorted(map(str, one)) for one in found]


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.gen_test(timeout=60)
async def test_nobody_comes_in_without_good_credentials(site: Site) -> None:
    async with unchanged(site) as scene:
        unknown = "0" * 40
        gone = scene.gone.token
        wrong = {
            "": NOT_GIVEN,
            f"Bearer {scene.admin.token}": NOT_GIVEN,
            scene.admin.token: NOT_GIVEN,
            f"Token {unknown}": "Invalid token.",
            "Token": "Invalid token header. No credentials provided.",
            "Token a b": "Invalid token header. Token string should not contain spaces.",
            f"Token {gone}": "User inactive or deleted.",
            "Basic": "Invalid basic header. No credentials provided.",
            "Basic a b": "Invalid basic header. Credentials string should not contain spaces.",
            "Basic %": "Invalid basic header. Credentials not correctly base64 encoded.",
        }
        for route in ROUTES:
            for header, detail in wrong.items():
                headers = [("Authorization", header)] if header else []
                for verb in (route.verbs[0], *route.other_verbs[:1]):
                    answer = await ask(site.port, verb, scene.path(route), headers, b"{}")
                    assert (route, verb, header, *say(answer)) == (
                        *(route, verb, header),
                        *(401, {"detail": detail}),
                    )
                    assert answer.headers["Allow"] == route.allow
                    assert answer.headers["Www-Authenticate"] == BASIC
        for route in ROUTES[:2]:  # each password takes a while to be found wrong
            headers = [("Authorization", basic("admin:wrong"))]
            answer = await ask(site.port, "GET", scene.path(route), headers)
            assert say(answer) == (401, {"detail": "Invalid username/password."})
            headers = [("Authorization", basic("admin:correct horse"))]
            assert (await ask(site.port, "GET", scene.path(route), headers)).status == 200
        for route in ROUTES:
            quiet = await ask(
                site.port, "GET", scene.path(route), [("Sec-Fetch-Mode", "cors")], b"{}"
            )
            assert (quiet.status, "Www-Authenticate" in quiet.headers) == (401, False)


@pytest.mark.gen_test(timeout=60)
async def test_who_lacks_the_right_is_told_so(site: Site) -> None:
    nobody, worker = await site.person("n"), await site.person("w", rights=("services",))
    async with unchanged(site) as scene:
        for route in ROUTES:
            for who, rights in ((nobody, set()), (worker, {"services"}), (scene.admin, {"admin"})):
                may = route.right is None or route.right in rights or "admin" in rights
                verb = next((v for v in ("GET", *route.other_verbs) if v in route.verbs), "OPTIONS")
                answer = await ask(site.port, verb, scene.path(route), [token(who)])
                if may:
                    assert (route, answer.status) == (route, 200)
                else:
                    assert (route, *say(answer)) == (route, 403, FORBIDDEN)


@pytest.mark.gen_test(timeout=60)
async def test_verbs_that_are_not_there_and_those_that_always_are(site: Site) -> None:
    async with unchanged(site) as scene:
        for route in ROUTES:
            path, who = scene.path(route), [token(scene.admin)]
            for verb in (*route.other_verbs, "TRACE", "FOO"):
                answer = await ask(site.port, verb, path, who, b"{")
                assert (route, verb, *say(answer)) == (
                    *(route, verb),
                    *(405, {"detail": f'Method "{verb}" not allowed.'}),
                )
                assert answer.headers["Allow"] == route.allow
            options = await ask(site.port, "OPTIONS", path, who)
            assert sorted(options.json) == ["description", "name", "parses", "renders"]
            if "GET" in route.verbs:
                got, head = [await ask(site.port, v, path, who) for v in ("GET", "HEAD")]
                assert (route, got.status, head.status, head.body) == (route, 200, 200, b"")
                assert head.headers["Content-Length"] == got.headers["Content-Length"]


@pytest.mark.gen_test(timeout=60)
async def test_bodies_that_cannot_be_read(site: Site) -> None:
    async with unchanged(site) as scene:
        for route in ROUTES:
            for verb in route.reads_body:
                wanted: dict[bytes, Any] = {
                    body: {"detail": detail} for body, detail in UNREADABLE.items()
                }
                for body, problem in {**wanted, **WHOLE_BODIES}.items():
                    headers = [token(scene.admin), JSON]
                    answer = await ask(site.port, verb, scene.path(route), headers, body)
                    assert (route, verb, body[:20], *say(answer)) == (
                        *(route, verb, body[:20]),
                        *(400, problem),
                    )
                for kind in ("text/plain", "application/xml", ""):
                    headers = [token(scene.admin), ("Content-Type", kind)]
                    answer = await ask(site.port, verb, scene.path(route), headers, b"{}")
                    detail = f'Unsupported media type "{kind}" in request.'
                    assert (route, verb, *say(answer)) == (route, verb, 415, {"detail": detail})


@pytest.mark.gen_test(timeout=60)
async def test_representations_and_slashes(site: Site) -> None:
    async with unchanged(site) as scene:
        who = token(scene.admin)
        for route in ROUTES:
            for query, accept, *wanted in REPRESENTATIONS:
                headers = [who, *([("Accept", accept)] if accept else [])]
                verb = route.verbs[0]
                answer = await ask(site.port, verb, scene.path(route) + query, headers, b"{}")
                assert (route, query, accept, *say(answer)) == (route, query, accept, *wanted)
            for accept in WELCOME:
                answer = await ask(
                    site.port, "OPTIONS", scene.path(route), [who, ("Accept", accept)]
                )
                assert (route, answer.status) == (route, 200)
            if not route.path.endswith("/"):
                doubled = await ask(site.port, route.verbs[0], scene.path(route) + b"//", [who])
                assert (doubled.status, doubled.json) == (404, {"detail": "Not found."})


@pytest.mark.gen_test
async def test_the_index(site: Site) -> None:
    who = await site.person("w", rights=("services", "stages.behind.view"))
    answer = await site.request("GET", "/api/v1/", who)
    names = ["user", "group", "schedule", "failed-tasks", "webhook"]
    names += ["messageset", "message", "binarycontent", "subscriptions", "behind-subscriptions"]
    assert answer.json == {name: f"{site.base}/api/v1/{name}/" for name in names}
    for url in answer.json.values():
        assert (await site.request("GET", url.removeprefix(site.base), who)).status == 200
