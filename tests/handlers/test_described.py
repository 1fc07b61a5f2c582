"""The description of the API: complete, valid, and served with the page that shows it."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
from openapi_spec_validator import validate

from handlers import routes
from handlers.answering import VERBS
from handlers.base import ApiHandler
from handlers.description.areas import AREAS
from handlers.description.document import Documents, described, document
from handlers.description.operations import UNDESCRIBED
from handlers.description.paths import path_of
from handlers.description.serving import FILES
from handlers.pages import POLICY
from tests.conformance.wire import ask
from tests.conftest import settings_for
from tests.handlers.light import light_app, served

ROUTES = routes.routes(settings_for("x"))
WHOLE = document(ROUTES)
HOW = "say what it takes and answers in its area's described.py (docs/api.md)"


def test_it_is_valid() -> None:
    validate(WHOLE)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route[0])
def test_every_verb_of_every_route_is_in_it(route: Any) -> None:
    pattern, handler, *_ = route
    if not issubclass(handler, ApiHandler):
        return  # files of the web pages
    names = [f"part{number}" for number in range(9)]
    said = {_nameless(path): verbs for path, verbs in WHOLE["paths"].items()}
    path = _nameless(path_of(pattern, names).template)
    found = said.get(path) or said[f"{path}/"]
    wanted = {verb.lower() for verb in VERBS if verb in handler.allowed_verbs()}
    assert set(found) - {"parameters"} == wanted


def _nameless(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def test_every_verb_says_what_it_is_for_takes_and_answers() -> None:
    silent = [
        f"{verb} {one.path.template}"
        for one in described(ROUTES)
        for verb, told in one.verbs.items()
        if told is UNDESCRIBED
    ]
    assert not silent, HOW


def test_no_table_speaks_of_what_is_not_there() -> None:
    told = {
        (one.path.template, verb): one.verbs[verb]
        for one in described(ROUTES)
        for verb in one.verbs
    }
    assert {verb for _, verb in told} <= set(VERBS)
    ids = [
        one["operationId"]
        for verbs in WHOLE["paths"].values()
        for verb, one in verbs.items()
        if verb != "parameters"
    ]
    assert len(ids) == len(set(ids)) == len(told)


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(WHOLE))):
        at = WHOLE
        for part in reference.split("/"):
            at = at[part]


def _validator() -> Any:
    """The schema of OpenAPI 3.1 itself: quicker than its validator, which reads every example."""
    schemas = Path(openapi_spec_validator.__file__).parent / "resources" / "schemas"
    return jsonschema_rs.validator_for(json.loads((schemas / "v3.1" / "schema.json").read_text()))


def test_the_areas_together_are_the_whole() -> None:
    paths: dict[str, Any] = {}
    valid = _validator()
    for area in AREAS:
        part = document(ROUTES, area)
        assert part["paths"], area
        valid.validate(json.loads(json.dumps(part)))
        assert not set(paths) & set(part["paths"])
        paths |= part["paths"]
    assert set(paths) == set(WHOLE["paths"])


def test_what_follows_from_a_handler_is_said() -> None:
    send = WHOLE["paths"]["/messages/send/"]["post"]
    assert {
        "201",
        "202",
        "400",
        "401",
        "403",
        "404",
        "406",
        "409",
        "413",
        "415",
        "422",
        "429",
        "503",
    } == (set(send["responses"]))
    assert [one["name"] for one in send["parameters"]] == ["Idempotency-Key"]
    assert send["security"] == [{"token": []}, {"cookie": []}]
    assert WHOLE["paths"]["/health/live"]["get"]["security"] == []
    part = WHOLE["paths"]["/accounts/groups/{group}/members/{user}/"]["parameters"]
    assert [one["name"] for one in part] == ["group", "user"]


def test_a_mount_moves_the_paths() -> None:
    moved = document(routes.routes(settings_for("x", CARILLON_MOUNTS_INBOX="/in-box")))
    assert "/in-box/messages/send/" in moved["paths"]
    assert "/messages/send/" not in moved["paths"]


@pytest.mark.gen_test(timeout=30)
async def test_it_is_served_whole_and_by_area() -> None:
    async with served(routes.application(light_app())) as port:
        whole = await ask(port, "GET", b"/openapi.json")
        assert whole.status == 200
        assert whole.headers["Content-Type"] == "application/json"
        assert whole.json == json.loads(json.dumps(WHOLE))
        again = [("If-None-Match", whole.headers["Etag"])]
        assert (await ask(port, "GET", b"/openapi.json", again)).status == 304
        part = await ask(port, "GET", b"/openapi/alerts.json")
        assert part.json == json.loads(json.dumps(document(ROUTES, "alerts")))
        none = await ask(port, "GET", b"/openapi/nothing.json")
        assert (none.status, none.json) == (404, {"detail": "Not found."})


@pytest.mark.gen_test
async def test_the_page_and_its_viewer_are_served_from_here() -> None:
    async with served(routes.application(light_app())) as port:
        page = await ask(port, "GET", b"/docs")
        assert page.status == 200
        assert page.headers["Content-Security-Policy"] == POLICY
        for path in re.findall(r'(?:src|href)="(/[^"#]*)', page.body.decode()):
            assert (path, (await ask(port, "GET", path.encode())).status) == (path, 200)
        areas = (await ask(port, "GET", b"/web/docs/docs.js")).body.decode()
        assert set(re.findall(r'"(\w+)",', areas)) >= set(AREAS)
        for name in ("redoc.js", "__init__.py", "..%2f..%2fofetc"):
            assert (await ask(port, "GET", f"/docs/viewer/{name}".encode())).status == 404
        assert FILES


def test_a_document_is_made_once() -> None:
    documents = Documents(ROUTES)
    assert documents.openapi("live") is documents.openapi("live")


@pytest.mark.parametrize(
    ("pattern", "template", "parts"),
    [
        (r"/a/([0-9]+)/", "/a/{id}/", [{"type": "integer", "minimum": 0}]),
        (r"/a/(?!b$)([^/]+)", "/a/{id}", [{"type": "string", "pattern": "^(?:[^/]+)$"}]),
        (r"/a/(?:[^/]+)", "/a/{id}", [{"type": "string", "pattern": "^(?:[^/]+)$"}]),
        (r"/in\-box/x\.json", "/in-box/x.json", []),
    ],
)
def test_a_pattern_as_a_path(pattern: str, template: str, parts: list[Any]) -> None:
    found = path_of(pattern, [])
    assert (found.template, [one for _, one in found.parts]) == (template, parts)
