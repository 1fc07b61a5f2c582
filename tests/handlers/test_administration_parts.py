"""/accounts/groups, tokens and sessions: what administrators give to people and take away."""

import pytest

from tests.handlers.administration_calls import USERS, noted, said
from tests.sites import Person, Site, until


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
