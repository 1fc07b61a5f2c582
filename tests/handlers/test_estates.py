"""Export and erasure of one person over all areas, over HTTP and from the command line."""

import json

import pytest

from commands.line import parser
from commands.verbs import carry_out
from models.account_links import AccountLinks, NewLink
from models.alert_subscribers import AlertSubscribers, new_subscriber
from models.alert_subscriptions import AlertSubscriptions
from tests.handlers.stage_calls import new_message, new_set, post, subscribe
from tests.sites import Person, Site

NAME, ADDRESS = "evelyn-stone", "evelyn.stone@example.org"


async def life_of(site: Site, root: Person, friend: Person) -> Person:
    """Somebody who has left something in every area."""
    eve = await site.person(
        NAME, email=ADDRESS, email_verified=True, rights=("services",), identities=("evelyn-id",)
    )
    await site.send(eve, "from eve", friend)
    await site.send(friend, "to eve", eve)
    later = {"content": "later", "recipient_ids": [friend.id], "send_at": "2999-01-01T00:00:00Z"}
    assert (await site.request("POST", "/messages/send/", eve, body=later)).status == 202
    await site.request("PUT", f"/inbox/blocked/{friend.id}/", eve, body={"mode": "mute"})
    await post(
        site, eve, "/api/v1/schedule/", endpoint="http://example.org/", cron_definition="@daily"
    )
    await post(site, eve, "/api/v1/webhook/", event="schedule.added", target="http://example.org/")
    stage = await new_set(site, root)
    await new_message(site, root, stage, 1)
    await subscribe(site, root, stage, identity="evelyn-id")
    now, database = site.app.clock.now(), site.carillon.database
    await AlertSubscribers(database).add(new_subscriber(77, ADDRESS.upper(), None, now))
    row = {"_id": "s", "subscriber": 77, "list": 1, "active": True, "created_at": now}
    await AlertSubscriptions(database).add([row])
    await database.collection("alerts_emails").insert(
        {"_id": "m", "address": ADDRESS, "subscriber": 77, "text": "news", "status": "sent"}
    )
    await database.collection("alerts_emails").insert(
        {"_id": "reset", "address": ADDRESS, "subscriber": None, "text": f"for {NAME}"}
    )
    until = site.app.clock.wall() + 1_000_000
    await AccountLinks(database).add(NewLink("hash", "email", eve.id, ADDRESS, until))
    return eve


async def everything(site: Site) -> dict[str, str]:
    """All that the database holds, by collection, but for what is forgotten within a day."""
    database = site.carillon.database
    names = await database._database.list_collection_names()
    kept = set(names) - {"live_records", "jobs"}
    return {name: str(await database.collection(name).find({})) for name in sorted(kept)}


@pytest.mark.gen_test(timeout=30)
async def test_a_person_is_handed_over_and_erased(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    root = await site.person("root", is_admin=True, rights=("services",))
    friend = await site.person("friend")
    eve = await life_of(site, root, friend)
    path = f"/accounts/users/{eve.id}"
    assert (await site.request("GET", f"{path}/export/", eve)).status == 403
    answer = await site.request("GET", f"{path}/export/", root)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="user-{eve.id}.json"'
    found = answer.json
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    assert counts == {
        **dict.fromkeys(
            ("account", "tokens", "received", "sent", "scheduled", "blocked", "schedules"), 1
        ),
        **dict.fromkeys(("webhooks", "stages", "alerts", "alerts_subscriptions"), 1),
        **dict.fromkeys(("alerts_emails", "links"), 1),
        **dict.fromkeys(("sessions", "notices", "confirmations", "devices", "actions"), 0),
    }
    assert found["account"][0]["username"] == NAME
    assert found["received"][0]["content"] == "to eve"
    assert found["sent"][0]["sent_on"].endswith("Z")
    assert "password" not in answer.body.decode()
    arguments = parser().parse_args(["users", "export", NAME])
    assert await carry_out(arguments, site.app) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {**printed, "exported_at": 0} == {**found, "exported_at": 0}

    before = await everything(site)
    assert len([1 for text in before.values() if NAME in text or ADDRESS in text]) >= 3
    assert (await site.request("POST", f"{path}/erase/", root, body={})).status == 204
    for name, text in (await everything(site)).items():
        for word in (NAME, ADDRESS, ADDRESS.upper(), "evelyn-id"):
            assert word not in text, name
    assert (await site.request("POST", f"{path}/erase/", root, body={})).status == 404
    assert (await site.request("GET", "/account/", eve)).status == 401
    ended = await site.carillon.database.collection("alerts_subscriptions").find({})
    assert ended[0]["ended_reason"] == "unsubscribed"
    messages = (await site.request("GET", "/messages/", friend)).json
    assert [one["content"] for one in messages] == ["from eve"]
    log = (await site.request("GET", "/audit/", root)).json["entries"]
    actions = [one["action"] for one in log]
    assert actions[:3] == ["users.erase", "users.erase", "users.export"]


@pytest.mark.gen_test
async def test_the_last_administrator_is_not_erased(site: Site) -> None:
    root = await site.admin()
    answer = await site.request("POST", f"/accounts/users/{root.id}/erase/", root, body={})
    assert answer.status == 409
    assert (await site.request("GET", "/account/", root)).status == 200
