"""The same requests on every route of alerts: who is refused, with which words (contract, 1.0).

Nothing here may be a 500, leave a traceback (unexpected logs fail any test) or have an effect.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from handlers import routes
from tests.conformance.alert_routes import APP, CALLBACK, CLOSED, OPEN
from tests.conformance.test_every_route import JSON, UNREADABLE
from tests.conformance.wire import ask
from tests.conftest import settings_for
from tests.handlers.alert_calls import BAD_REQUEST, JSON_UTF8, LIST_NOT_FOUND, LISTS, said
from tests.sites import Answer, Person, Site

KEPT = ("lists", "subscribers", "subscriptions", "content_changes", "messages", "emails")
NOT_ALLOWED = {"status": 405, "error": "Method Not Allowed"}
UNSUPPORTED = {"status": 415, "error": "Unsupported Media Type"}


def test_the_table_names_every_route() -> None:
    patterns = [str(route[0]) for route in routes.ALERTS]
    paths = [route.path for route in (*CLOSED, *OPEN)]
    assert [one for one in patterns if not any(re.fullmatch(one, path) for path in paths)] == []
    assert [path for path in paths if not any(re.fullmatch(one, path) for one in patterns)] == []


def test_a_prefix_moves_all_of_alerts_and_nothing_else() -> None:
    usual = [str(one[0]) for one in routes.routes(settings_for("x"))]
    moved = [str(one[0]) for one in routes.routes(settings_for("x", CARILLON_MOUNTS_ALERTS="/a"))]
    own = {str(one[0]) for one in routes.ALERTS}
    assert moved == [f"/a{one}" if one in own else one for one in usual]


def bearer(who: Person) -> tuple[str, str]:
    return ("Authorization", f"Bearer {who.token}")


@asynccontextmanager
async def unchanged(site: Site) -> AsyncIterator[Person]:
    """Somebody with both permissions; nothing is kept afterwards."""
    yield await site.person("caller", rights=(APP, CALLBACK))
    for name in KEPT:
        assert await site.carillon.database.collection(f"alerts_{name}").find({}) == [], name


def _is_json(answer: Answer) -> bool:
    return not answer.body or answer.headers["Content-Type"] == JSON_UTF8


@pytest.mark.gen_test(timeout=30)
async def test_who_comes_in(site: Site) -> None:
    async with unchanged(site) as caller:
        nobody = await site.person("nobody", rights=("services",))
        app = await site.person("app", rights=(APP,))
        relay = await site.person("relay", rights=(CALLBACK,))
        wrong = {
            "": "invalid_request",
            "Basic YTpi": "invalid_request",
            "Bearer": "invalid_request",
        }
        wrong |= {"Bearer 0123": "invalid_token", "Token 0123": "invalid_token"}
        for route in CLOSED:
            path, verb = route.path.encode(), route.verbs[0]
            for header, reason in wrong.items():
                headers = [("Authorization", header)] if header else []
                answer = await ask(site.port, verb, path, headers, b"{")
                assert (route, header, answer.status) == (route, header, 401)
                assert set(answer.json) == {"message"}
                assert answer.headers["Www-Authenticate"] == f'Bearer error="{reason}"'
                assert answer.headers["Content-Type"] == JSON_UTF8
            for who, right in ((nobody, None), (app, APP), (relay, CALLBACK)):
                answer = await ask(site.port, "OPTIONS", path, [bearer(who)])
                if right == route.right:
                    assert (route, answer.status) == (route, 200)
                    continue
                assert (route, answer.status, set(answer.json)) == (route, 403, {"message"})
                assert str(route.right) in answer.json["message"]
        assert caller.token


@pytest.mark.gen_test(timeout=30)
async def test_verbs_and_bodies(site: Site) -> None:
    async with unchanged(site) as caller:
        for route in CLOSED:
            path, who = route.path.encode(), bearer(caller)
            for verb in (*route.other_verbs, "FOO"):
                answer = await ask(site.port, verb, path, [who], b"{}")
                assert (route, verb, *said(answer)) == (route, verb, 405, NOT_ALLOWED)
                assert answer.headers["Allow"] == route.allow
            for verb in route.reads_body:
                for body in UNREADABLE:
                    answer = await ask(site.port, verb, path, [who, JSON], body)
                    assert (route, verb, body[:9], *said(answer)) == (
                        *(route, verb, body[:9]),
                        *(400, BAD_REQUEST),
                    )
                text = ("Content-Type", "text/plain")
                answer = await ask(site.port, verb, path, [who, text], b"{}")
                assert (route, verb, *said(answer)) == (route, verb, 415, UNSUPPORTED)
        for route in OPEN:
            answer = await ask(site.port, "POST", route.path.encode(), [bearer(caller)], b"{}")
            assert (route, *said(answer)) == (route, 405, NOT_ALLOWED)


ODD: list[Any] = [None, [], "x", 3, True, {"": ""}, {"a": {"b": [{}]}}]


@pytest.mark.gen_test(timeout=30)
async def test_odd_bodies_are_errors_with_a_shape(site: Site) -> None:
    """Whatever JSON comes, the answer is a known error; bodies on GET and DELETE are read past."""
    async with unchanged(site) as caller:
        token = {"Authorization": f"Bearer {caller.token}"}
        for route in CLOSED:
            for verb in route.verbs:
                for body in ODD:
                    answer = await site.request(verb, route.path, body=body, headers=token)
                    wanted = (200, 400, 404, 422)
                    assert answer.status in wanted, (route, verb, body, answer)
                    assert _is_json(answer)
                    assert "message" not in (answer.json or {})


@pytest.mark.gen_test(timeout=30)
class TestWithoutAuthentication:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_ALERTS_AUTH": "false"}

    async def test_anybody_may_call(self, site: Site) -> None:
        assert said(await site.request("GET", LISTS)) == (404, LIST_NOT_FOUND)
        made = await site.request("POST", LISTS, body={"title": "t"})
        assert made.json["subscriber_list"]["signon_user_uid"] is None
        assert said(await site.request("DELETE", LISTS)) == (405, NOT_ALLOWED)
        headers = {"Authorization": "Bearer unknown"}
        assert (await site.request("GET", LISTS, headers=headers)).status == 200
