"""A site on which there is one thing of every kind, and under which paths it is found."""

from typing import Any

from tests.handlers.alert_calls import Publisher
from tests.handlers.alert_people import subscribe
from tests.handlers.announcement_calls import EN, Caller
from tests.handlers.schedule_calls import make
from tests.handlers.stage_calls import upload, walk
from tests.sites import Answer, Person, Site

Known = dict[str, dict[str, Any]]
LATER = "2099-01-01T00:00:00Z"


async def things(site: Site, caller: Caller) -> Known:
    """The parameters of a path, by how the path begins."""
    admin = caller.person
    friend = await site.person("friend", email="friend@example.org", groups=())
    return {
        **await _inbox(site, admin, friend),
        **await _stages(site, admin),
        **await _alerts(site, admin),
        **await _accounts(site, admin, friend),
        "/announcements/": {"id": (await caller.created(title=EN))["message"]["_id"]},
        "/openapi/": {"id": "alerts"},
    }


async def _inbox(site: Site, admin: Person, friend: Person) -> Known:
    """Both kinds, sent and received, and one that leaves later."""
    made: Known = {"/inbox/blocked/": {"id": friend.id}}
    other = await site.admin("other")
    for kind in ("messages", "notices"):
        sent = await _sent(site, kind, admin, friend)
        made[f"/{kind}/sent/"] = {"id": int(sent.headers["Carillon-Id"])}
        await _sent(site, kind, other, admin)
        made[f"/{kind}/"] = {"id": (await site.request("GET", f"/{kind}/", admin)).json[0]["id"]}
    later = await _sent(site, "messages", admin, friend, send_at=LATER)
    return {**made, "/scheduled/": {"id": later.json["id"]}, "/live/trace/": made["/messages/"]}


async def _sent(site: Site, kind: str, who: Person, to: Person, **more: Any) -> Answer:
    body = {"content": "x", "recipient_ids": [to.id], **more}
    answer = await site.request("POST", f"/{kind}/send/", who, body=body)
    assert answer.status in (201, 202), answer
    return answer


async def _stages(site: Site, admin: Person) -> Known:
    made = await walk(site, admin)
    hook = {"event": "schedule.added", "target": "http://127.0.0.1:9/"}
    webhook = await site.request("POST", "/api/v1/webhook/", admin, body=hook)
    schedule = await make(site, admin, endpoint="http://127.0.0.1:9/", enabled=False)
    file = await upload(site, admin, "a.txt", b"x")
    return {
        "/api/v1/messageset/": {"id": made["set"]},
        "/stages/sets/": {"id": made["set"]},
        "/api/v1/message/": {"id": made["message"]},
        "/api/v1/subscriptions/": {"id": made["subscription"]},
        "/api/v1/schedule/": {"id": schedule["id"]},
        "/api/v1/webhook/": {"id": webhook.json["id"]},
        "/api/v1/binarycontent/": {"id": file.json["id"]},
        "/media/": {"id": file.json["content"].rpartition("/")[2]},
        "/api/v1/user/": {"id": admin.id},
    }


async def _alerts(site: Site, admin: Person) -> Known:
    publisher = Publisher(site, admin)
    made = await publisher.listed(url="/a")
    subscription = await subscribe(publisher, made["id"])
    subscriber = {"id": subscription["subscriber"]["id"]}
    return {
        "/subscriber-lists/": {"id": made["slug"]},
        "/subscriber-lists/metrics/": {"id": "a"},
        "/subscribers/": subscriber,
        **{
            path: {"id": subscription["id"]}
            for path in ("/subscriptions/", "/unsubscribe/", "/email/unsubscribe/")
        },
        "/email/manage/frequency/": {"id": subscription["id"]},
        "/email/unsubscribe/one-click/": {"id": subscription["id"]},
    }


async def _accounts(site: Site, admin: Person, friend: Person) -> Known:
    group = await site.request("POST", "/accounts/groups/", admin, body={"name": "group"})
    asked = {"user": friend.id, "name": "token"}
    token = await site.request("POST", "/accounts/tokens/", admin, body=asked)
    assert (group.status, token.status) == (201, 201), (group, token)
    number = group.json["id"]
    return {
        "/accounts/users/": {"id": friend.id},
        "/accounts/groups/": {"id": number},
        "/api/v1/group/": {"id": number},
        "/accounts/groups/{group}/": {"group": number, "user": friend.id},
        "/accounts/tokens/": {"id": token.json["id"]},
    }
