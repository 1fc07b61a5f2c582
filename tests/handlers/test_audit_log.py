"""/audit: everything that administrators do is noted, and nothing that is secret."""

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
from tests.handlers.administration_calls import USERS, noted
from tests.sites import Site

READ = {"GET", "HEAD", "OPTIONS"}
OWN = "what is the caller's own: his mailbox, account and session, or a link in his mail"
SAID = "what he says to people whom he names: it stands in his sent box"
ASKED = "a question: nothing is written"
REFUSED = "no such verb for anybody"
NOTED_IN_THE_VERB = "what goes to an audience (handlers/inbox/sends)"
NOT_NOTED = {
    **dict.fromkeys(("MarkReadHandler", "MarkUnreadHandler", "DeleteHandler"), OWN),
    **dict.fromkeys(("DeleteSentHandler", "OneBlockedHandler", "TicketHandler"), OWN),
    **dict.fromkeys(("TokenAuthHandler", "SessionHandler", "AuthenticateHandler"), OWN),
    **dict.fromkeys(("DeauthenticateHandler", "ConfirmHandler", "AccountHandler"), OWN),
    **dict.fromkeys(("PreferencesHandler", "EmailHandler", "ResetHandler"), OWN),
    **dict.fromkeys(("NewPasswordHandler", "SignInHandler", "ManageHandler"), OWN),
    **dict.fromkeys(("FrequencyHandler", "EndAllHandler", "OneClickHandler"), OWN),
    **dict.fromkeys(("UnsubscribeHandler", "NewHandler"), OWN),
    **dict.fromkeys(("SimulateHandler", "TextHandler"), ASKED),
    "DeleteSentNoticesHandler": REFUSED,
    "MessagesHandler": REFUSED,
    "SendHandler": f"{SAID}; {NOTED_IN_THE_VERB}",
}


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
async def test_what_is_done_with_stages_alerts_and_others_sends_is_noted(site: Site) -> None:
    root, ann = await site.admin("root"), await site.person("ann")
    later = {"content": "later", "recipient_ids": [root.id], "send_at": "2999-01-01T00:00:00Z"}
    send = (await site.request("POST", "/messages/send/", ann, body=later)).json["id"]
    plan = {"endpoint": "http://example.org/", "cron_definition": "@daily"}
    named = {"short_name": "first", "default_schedule": 1}
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/api/v1/schedule/", plan),
        ("POST", "/api/v1/messageset/", named),
        ("PATCH", "/api/v1/messageset/1/", {"notes": "secret words"}),
        ("DELETE", "/api/v1/messageset/1/", None),
        ("POST", "/api/v1/failed-tasks/", {}),
        ("POST", "/subscriber-lists", {"title": "One", "tags": {}, "links": {}}),
        ("POST", "/subscriber-lists/one/bulk-unsubscribe", {}),
        ("PATCH", f"/scheduled/{send}/", {"content": "secret words"}),
        ("DELETE", f"/scheduled/{send}/", None),
    ]
    statuses = [
        (await site.request(verb, path, root, body=body)).status for verb, path, body in asked
    ]
    log = await noted(site, root)
    assert [status for _, _, status in reversed(log)] == statuses
    assert all(status < 300 for status in statuses)
    assert [(action, on) for action, on, _ in reversed(log)] == [
        ("schedules.create", "1"),
        ("stages.sets.create", "1"),
        ("stages.sets.change", "1"),
        ("stages.sets.delete", "1"),
        ("failed_tasks.requeue", None),
        ("alerts.lists.create", "one"),
        ("alerts.lists.unsubscribe", "one"),
        ("scheduled.change", str(send)),
        ("scheduled.cancel", str(send)),
    ]
    assert b"secret words" not in (await site.request("GET", "/audit", root)).body


@pytest.mark.expects_log("the end of action")
@pytest.mark.gen_test
async def test_an_action_whose_end_cannot_be_noted_is_answered(site: Site) -> None:
    root = await site.admin("root")

    async def away(entry_id: str, status: int, on: str | None) -> None:
        raise Unavailable

    site.app.safety.audit._entries.complete = away  # type: ignore[method-assign]
    assert (await site.request("POST", USERS, root, body={"username": "x"})).status == 201
    [entry] = (await site.request("GET", "/audit", root)).json["entries"]
    assert (entry["action"], entry["status"]) == ("users.create", None)


@pytest.mark.gen_test
async def test_what_cannot_be_noted_is_not_done(site: Site) -> None:
    root = await site.admin("root")
    entries = site.app.safety.audit

    async def away(entry: object) -> None:
        raise Unavailable

    entries._entries.add = away  # type: ignore[method-assign]
    assert (await site.request("POST", USERS, root, body={"username": "x"})).status == 503
    assert (await site.request("GET", USERS, root)).json["count"] == 1


def test_every_writing_route_is_noted_or_is_not_administration() -> None:
    """What changes something has a name in the log, or stands above with the reason why not."""
    silent = set()
    for _, handler, *_ in routes.routes(settings_for("x")):
        if issubclass(handler, ApiHandler):
            writing = set(handler.allowed_verbs()) - READ
            assert set(handler.audits) - READ <= writing, handler
            if writing - set(handler.audits):
                assert not handler.admin_only, handler
                silent.add(handler.__name__)
    assert silent == set(NOT_NOTED)


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
