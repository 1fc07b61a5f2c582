"""/accounts/… and /audit over HTTP: what administrators do, who may, and what is noted of it."""

import asyncio
from typing import Any

import pytest

from commands.line import parser
from commands.noted import noted as noted_command
from commands.verbs import carry_out
from domain.errors import Unavailable
from handlers import routes
from handlers.base import ApiHandler
from services.hashes import hash_of
from tests.conftest import settings_for
from tests.sites import Answer, Person, Site, until

FORBIDDEN = {"detail": "You do not have permission to perform this action."}
READ = {"GET", "HEAD", "OPTIONS"}
LAST = {"detail": "This is the last administrator who can sign in."}
USERS = "/accounts/users/"
LISTS = (
    USERS,
    "/accounts/groups/",
    "/accounts/tokens/",
    "/accounts/sessions/",
    "/audit/",
    "/audit",
)


def said(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


async def noted(site: Site, who: Person) -> list[tuple[str, str | None, int]]:
    """The log, the newest first, once the end of every action is in it."""
    while True:
        entries = (await site.request("GET", "/audit/", who)).json["entries"]
        if all(one["status"] for one in entries):
            return [(one["action"], one["on"], one["status"]) for one in entries]


@pytest.mark.gen_test
async def test_accounts_are_made_changed_and_ended(site: Site) -> None:
    root = await site.admin("root")
    assert said(await site.request("GET", USERS)) == (
        401,
        {"detail": "Authentication credentials were not provided."},
    )
    made = await site.request(
        "POST",
        USERS,
        root,
        body={"username": "Ann Lee", "email": "Ann@x.de", "rights": ["services", "services"]},
        headers={"Idempotency-Key": "one"},
    )
    shown = {
        "id": 2,
        "username": "Ann Lee",
        "email": "Ann@x.de",
        "email_verified": False,
        "is_active": True,
        "is_admin": False,
        "has_password": False,
        "rights": ["services"],
        "groups": [],
        "identities": [],
        "language": None,
        "time_zone": None,
        "created_at": made.json["created_at"],
    }
    assert said(made) == (201, shown)
    assert made.headers["Location"] == "/accounts/users/2/"
    for query in ("q=lee", "q=ANN%40", "q=an&limit=1"):
        listed = await site.request("GET", f"{USERS}?{query}", root)
        assert said(listed) == (
            200,
            {"count": 1, "next": None, "previous": None, "results": [shown]},
        )
    page = (await site.request("GET", f"{USERS}?limit=1", root)).json
    assert (page["count"], page["next"]) == (2, f"{site.base}{USERS}?limit=1&offset=1")
    change: dict[str, Any] = {"email": "b@x.de", "language": "de", "is_active": False, "rights": []}
    changed = await site.request("PATCH", f"{USERS}2/", root, body=change)
    assert said(changed) == (200, {**shown, **change})
    assert said(await site.request("GET", f"{USERS}2/", root)) == said(changed)
    assert (await site.request("DELETE", f"{USERS}2/", root)).status == 204
    for verb in ("GET", "PATCH", "DELETE"):
        body: dict[str, Any] | None = None if verb == "GET" else {}
        gone = await site.request(verb, f"{USERS}2/", root, body=body)
        assert said(gone) == (404, {"detail": "Not found."})
    assert await noted(site, root) == [
        ("users.delete", "2", 404),
        ("users.change", "2", 404),
        ("users.delete", "2", 204),
        ("users.change", "2", 200),
        ("users.create", "2", 201),
    ]


@pytest.mark.gen_test
async def test_what_is_wrong_is_said_and_nothing_happens(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    wrong: list[tuple[str, str, Any, int, Any]] = [
        ("POST", USERS, {}, 400, {"username": ["This field is required."]}),
        ("POST", USERS, {"username": "ann"}, 409, {"detail": "The username 'ann' is taken."}),
        (
            "POST",
            USERS,
            {"username": "x", "groups": [77], "is_admin": "maybe"},
            400,
            {"is_admin": ["Must be a valid boolean."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "groups": [77]},
            400,
            {"groups": ["There is no group 77."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "email_verified": True},
            400,
            {"email_verified": ["An address that is verified needs an email."]},
        ),
        (
            "POST",
            USERS,
            {"username": "x", "rights": ["a", " "]},
            400,
            {"rights": {"1": ["This field may not be blank."]}},
        ),
        (
            "PATCH",
            f"{USERS}{ann.id}/",
            {"username": "b", "email": "no"},
            400,
            {
                "username": ["This field cannot be changed."],
                "email": ["Enter a valid email address."],
            },
        ),
        (
            "POST",
            f"{USERS}{ann.id}/password/",
            {"password": "short"},
            400,
            {"password": ["Ensure this field has at least 8 characters."]},
        ),
        (
            "POST",
            "/accounts/tokens/",
            {"user": 99},
            400,
            {"user": ["There is nobody with this id."]},
        ),
        (
            "POST",
            "/accounts/groups/",
            {"name": ":all"},
            400,
            {"name": ["Names that begin with a colon are the system's."]},
        ),
        (
            "PATCH",
            "/accounts/groups/1000001/",
            {"rights": ["x"]},
            409,
            {"detail": "The system's groups are what they are."},
        ),
        ("PUT", f"/accounts/groups/5/members/{ann.id}/", {}, 404, {"detail": "Not found."}),
        ("DELETE", f"{USERS}{root.id}/", None, 409, LAST),
        ("PATCH", f"{USERS}{root.id}/", {"is_admin": False}, 409, LAST),
        ("PATCH", f"{USERS}{root.id}/", {"is_active": False}, 409, LAST),
    ]
    before = (await site.request("GET", USERS, root)).json
    for verb, path, body, status, answer in wrong:
        assert said(await site.request(verb, path, root, body=body)) == (status, answer), path
    for path in LISTS:
        assert said(await site.request("GET", path, ann)) == (403, FORBIDDEN)
    assert said(await site.request("POST", USERS, ann, body={"username": "y"})) == (403, FORBIDDEN)
    query = await site.request("GET", "/audit?cursor=x", root)
    assert said(query) == (400, {"cursor": ["Not a cursor."]})
    assert (await site.request("GET", USERS, root)).json == before


@pytest.mark.gen_test
async def test_groups_tokens_and_sessions(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    body = {"name": "Staff", "displayname": {"en-US": "Staff"}, "rights": ["services"]}
    made = await site.request("POST", "/accounts/groups/", root, body=body)
    group = made.json["id"]
    assert said(made) == (
        201,
        {**body, "id": group, "is_system": False, "created_at": made.json["created_at"]},
    )
    member = f"/accounts/groups/{group}/members/{ann.id}/"
    for _ in range(2):
        assert (await site.request("PUT", member, root, body={})).status == 204
    listed = await site.request("GET", f"/accounts/groups/{group}/members/", root)
    assert listed.json["results"] == [{"id": ann.id, "username": "ann"}]
    assert (await site.request("GET", "/api/v1/user/", ann)).status == 200  # by the group's right
    assert (await site.request("DELETE", member, root)).status == 204
    listed = await site.request("GET", f"/accounts/groups/{group}/members/", root)
    assert listed.json["count"] == 0
    found = (await site.request("GET", "/accounts/groups/?q=TAFF", root)).json
    assert [one["name"] for one in found["results"]] == ["Staff"]

    asked = {"user": ann.id, "name": "phone"}
    headers = {"Idempotency-Key": "0123456789abcdef"}
    token = await site.request("POST", "/accounts/tokens/", root, body=asked, headers=headers)
    again = await site.request("POST", "/accounts/tokens/", root, body=asked, headers=headers)
    assert said(again) == said(token)
    phone = Person(ann.id, "ann", token.json["token"])
    shown = {key: value for key, value in token.json.items() if key != "token"}
    assert (token.status, shown["user"]) == (201, {"id": ann.id, "username": "ann"})
    path = f"/accounts/tokens/{shown['id']}/"
    assert said(await site.request("GET", path, root)) == (200, shown)
    for query in ("q=phon", f"user={ann.id}&limit=1"):
        listed = await site.request("GET", f"/accounts/tokens/?{query}", root)
        assert listed.json["results"] == [shown]
    socket = await site.socket(phone)
    assert (await site.request("DELETE", path, root)).status == 204
    assert await socket.close_code() == 3500
    assert (await site.request("GET", path, root)).status == 404
    assert (await site.request("GET", "/account/", phone)).status == 401
    actions = [one[0] for one in await noted(site, root)]
    assert actions == [
        "tokens.revoke",
        "tokens.create",
        "groups.leave",
        "groups.join",
        "groups.join",
        "groups.create",
    ]


@pytest.mark.gen_test
async def test_a_group_that_is_deleted(site: Site) -> None:
    """What was sent to it stays, and nothing more is; its members leave, and its name is free."""
    root, ann = await site.admin("root"), await site.person("ann")
    body = {"name": "Crew", "rights": ["services"]}
    group = (await site.request("POST", "/accounts/groups/", root, body=body)).json["id"]
    path = f"/accounts/groups/{group}/"
    await site.request("PUT", f"{path}members/{ann.id}/", root, body={})
    notice = {"content": "for the crew", "audience": {"group_ids": [group]}}
    assert (await site.request("POST", "/notices/send/", root, body=notice)).status == 201
    later = {**notice, "send_at": "2099-01-01T00:00:00Z"}
    send = (await site.request("POST", "/notices/send/", root, body=later)).json["id"]
    told = {"detail": f"It is used by scheduled send {send}."}
    assert said(await site.request("DELETE", path, root)) == (409, told)
    await site.request("DELETE", f"/scheduled/{send}/", root)
    assert (await site.request("PATCH", path, root, body={"name": "Team"})).json["name"] == "Team"
    assert (await site.request("DELETE", path, root)).status == 204
    for verb in ("GET", "DELETE"):
        assert (await site.request(verb, path, root)).status == 404
    assert said(await site.request("POST", "/notices/send/", root, body=notice))[0] == 400

    assert await site.app.later.wait("accounts.empty_group", 10)
    assert (await site.app.accounts.named("ann"))["stays"][0]["until"] is not None
    [kept] = (await site.request("GET", "/notices/", ann)).json
    assert kept["content"] == "for the crew"
    again = await site.request("POST", "/accounts/groups/", root, body={**body, "name": "Team"})
    assert again.status == 201
    assert ("groups.delete", str(group), 204) in await noted(site, root)


@pytest.mark.gen_test
async def test_passwords_and_the_sessions_that_they_began(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    given = await site.request("POST", f"{USERS}{ann.id}/password/", root, body={})
    password = given.json["password"]
    assert said(given) == (200, {"id": ann.id, "password": password})
    assert len(password) == 16
    body = {"username": "ann", "password": password}
    cookie = (await site.request("POST", "/session", body=body)).headers["Set-Cookie"]
    listed = (await site.request("GET", "/accounts/sessions/?q=an", root)).json["results"]
    assert [one["user"]["username"] for one in listed] == ["ann"]
    ticketed = await site.request("GET", "/session", headers={"Cookie": cookie.partition(";")[0]})
    assert ticketed.status == 200
    path = f"/accounts/sessions/{listed[0]['id']}/"
    assert said(await site.request("GET", path, root)) == (200, listed[0])
    assert (await site.request("DELETE", path, root)).status == 204
    ended = await site.request("GET", "/session", headers={"Cookie": cookie.partition(";")[0]})
    assert ended.status == 401
    chosen = {"password": "longer than eight"}
    answer = await site.request("POST", f"{USERS}{ann.id}/password/", root, body=chosen)
    assert said(answer) == (200, {"id": ann.id, "password": None})
    log = (await site.request("GET", "/audit/", root)).json["entries"]
    assert "longer" not in str(log)
    assert password not in str(log)


@pytest.mark.gen_test
async def test_a_session_shows_its_connections(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    socket = await site.socket(ann)
    await until(lambda: site.app.roster.open_of(ann.id) == 1)
    page = await site.app.connections.page(user=ann.id, after=None, limit=5)
    tokens = (await site.request("GET", f"/accounts/tokens/?user={ann.id}", root)).json["results"]
    assert page.rows[0].credential.startswith(tokens[0]["id"])
    await socket.close()


@pytest.mark.gen_test
async def test_an_import_over_http_is_all_or_nothing(site: Site) -> None:
    root = await site.admin("root")
    path = "/accounts/users/import/"
    file = {"groups": [{"name": "g"}], "users": [{"username": "a", "groups": ["g"]}]}
    done = await site.request("POST", path, root, body=file)
    assert (done.status, done.json["users"], list(done.json["tokens"])) == (201, 1, ["a"])
    again = await site.request("POST", path, root, body=file)
    assert again.status == 400
    assert await noted(site, root) == [
        ("users.import", None, 400),
        ("users.import", "1 users", 201),
    ]


@pytest.mark.gen_test
async def test_the_log_is_read_page_by_page(site: Site) -> None:
    root = await site.admin("root")
    for name in "abcde":
        headers = {"X-Request-Id": f"request-{name}"}
        await site.request("POST", USERS, root, body={"username": name}, headers=headers)
    whole = await noted(site, root)
    seen: list[Any] = []
    cursor: Any = ""
    for _ in range(3):
        page = (await site.request("GET", f"/audit/?limit=2&cursor={cursor}", root)).json
        seen += [(one["action"], one["on"], one["status"]) for one in page["entries"]]
        cursor = page["next"]
    assert (seen, cursor) == (whole, None)
    entry = page["entries"][0]
    assert entry["actor"] == {"id": root.id, "username": "root"}
    assert (entry["address"], entry["request_id"]) == ("127.0.0.1", "request-a")


@pytest.mark.gen_test
async def test_under_a_key_an_account_or_a_group_is_made_once_and_noted_once(site: Site) -> None:
    root = await site.admin("root")
    for path, name in ((USERS, "username"), ("/accounts/groups/", "name")):
        headers = {"Idempotency-Key": "k"}

        async def ask(
            body: dict[str, str], path: str = path, headers: dict[str, str] = headers
        ) -> Answer:
            return await site.request("POST", path, root, body=body, headers=headers)

        first = await ask({name: "x"})
        assert said(await ask({name: "x"})) == said(first)
        assert first.status == 201
        assert (await ask({name: "y"})).status == 422
    actions = [one for one in await noted(site, root)]
    assert [one[0] for one in actions] == ["groups.create", "users.create"]


@pytest.mark.gen_test
async def test_of_two_administrators_who_end_each_other_one_is_left(site: Site) -> None:
    one, two = await site.admin("one"), await site.admin("two")
    answers = await asyncio.gather(
        site.request("DELETE", f"{USERS}{two.id}/", one),
        site.request("PATCH", f"{USERS}{one.id}/", two, body={"is_admin": False}),
    )
    assert sorted(answer.status for answer in answers) in ([200, 409], [204, 401], [204, 409])
    assert len(await site.app.accounts.store.users.administrators()) == 1


@pytest.mark.gen_test
async def test_what_reaches_many_or_calls_others_is_noted_of_administrators(site: Site) -> None:
    root = await site.admin("root")
    worker = await site.person("worker", rights=("services",))
    hook = {"event": "schedule.added", "target": "http://example.org/"}
    for who in (root, worker):  # of these two the administrator's alone
        assert (await site.request("POST", "/api/v1/webhook/", who, body=hook)).status == 201
    plan = {"endpoint": "http://example.org/", "cron_definition": "@daily"}
    assert (await site.request("POST", "/api/v1/schedule", root, body=plan)).status == 201
    await site.request("PATCH", "/api/v1/schedule/1/", root, body={"enabled": False})
    sent = {"content": "secret words", "audience": "everyone"}
    assert (await site.request("POST", "/notices/send/", root, body=sent)).status == 201
    later = {**sent, "send_at": "2999-01-01T00:00:00Z", "audience": {"group_ids": [1000001]}}
    assert (await site.request("POST", "/notices/send/", root, body=later)).status == 202
    await site.request("DELETE", "/live/connections/x-1/", root)
    assert await noted(site, root) == [
        ("connections.end", "x-1", 404),
        ("notices.schedule", "groups 1000001", 202),
        ("notices.broadcast", "everyone", 201),
        ("schedules.change", "1", 200),
        ("schedules.create", "1", 201),
        ("webhooks.create", "1", 201),
    ]
    log = (await site.request("GET", "/audit", root)).body
    assert b"secret words" not in log


@pytest.mark.gen_test
async def test_what_cannot_be_noted_is_not_done(site: Site) -> None:
    root = await site.admin("root")
    entries = site.app.safety.audit

    async def away(entry: object) -> None:
        raise Unavailable

    entries._entries.add = away  # type: ignore[method-assign]
    assert (await site.request("POST", USERS, root, body={"username": "x"})).status == 503
    assert (await site.request("GET", USERS, root)).json["count"] == 1


def test_every_writing_route_of_administrators_is_noted() -> None:
    """What only they may do, and changes something, has a name in the log."""
    for pattern, handler, *_ in routes.routes(settings_for("x")):
        if issubclass(handler, ApiHandler) and handler.admin_only:
            assert set(handler.allowed_verbs()) - READ == set(handler.audits) - READ, pattern


@pytest.mark.gen_test
async def test_the_command_line_is_noted_without_secrets(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    root = await site.admin("root")
    token = (await site.person("ann")).token
    for words in (["users", "add", "bob"], ["users", "list"], ["tokens", "revoke", token]):
        arguments = parser().parse_args(words)
        running = carry_out(arguments, site.app)
        assert await noted_command(arguments, site.app, running) == 0
    arguments = parser().parse_args(["users", "delete", "nobody"])
    running = carry_out(arguments, site.app)
    assert await noted_command(arguments, site.app, running) == 1
    log = (await site.request("GET", "/audit", root)).json["entries"]
    assert [(one["action"], one["on"], one["status"]) for one in log] == [
        ("users.delete", "nobody", 400),
        ("tokens.revoke", hash_of(token)[:12], 200),
        ("users.add", "bob", 200),
    ]
    assert log[0]["actor"] == {"id": None, "username": "command line"}
    assert (log[0]["address"], token in capsys.readouterr().out) == (None, False)
