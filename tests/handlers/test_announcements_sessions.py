"""Sessions of announcements over HTTP, and the tasks that wait in them."""

from typing import Any

import pytest

from tests.handlers.announcement_calls import (
    DENIED,
    EN,
    PASSWORD,
    SESSION,
    URL,
    caller,
    code,
    editor,
    group,
)
from tests.sites import Site


@pytest.mark.gen_test
async def test_sessions(site: Site) -> None:
    begun = (await site.request("GET", SESSION)).json
    token = begun["token"]
    assert begun["authentication_methods"] == [{"method": "easydb"}]
    assert (begun["frontend_language"], "user" in begun) == ("en-US", False)
    assert (await site.request("GET", f"{SESSION}?token={token}")).json == begun
    german = (await site.request("GET", f"{SESSION}?language=de-de")).json
    again = await site.request("GET", SESSION, headers={"x-easydb-token": german["token"]})
    assert again.json["frontend_language"] == german["frontend_language"] == "de-DE"
    wrong = await site.request("GET", f"{SESSION}?language=xx")
    assert (wrong.status, wrong.json["parameters"]) == (400, {"id": "xx"})
    missing = (400, "error.user.session_not_found")
    for unknown in ("x", token[:-1], token + "0", "~~~", "%FF", f"{token}~"):
        assert code(await site.request("GET", f"{SESSION}?token={unknown}")) == missing
        assert code(await site.request("GET", f"{URL}?token={unknown}")) == DENIED
    assert code(await site.request("POST", f"{SESSION}/authenticate", body=b"")) == missing
    one = await editor(site)
    sign_in = f"{SESSION}/authenticate?token={token}"
    for query, reason in [
        ("", "username_or_password_empty"),
        ("&login=editor&password=", "username_or_password_empty"),
        ("&login=editor&password=wrong", "login_failed"),
        ("&login=nobody&password=wrong", "login_failed"),
        ("&method=anonymous", "authentication_method_not_allowed"),
    ]:
        answer = await site.request("POST", sign_in + query, body=b"")
        assert code(answer) == (400, f"error.user.{reason}")
    form = f"token={token}&login=editor&password={PASSWORD}".replace(" ", "+").encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"{SESSION}/authenticate"
    long = await site.request("POST", path, body=form + b"&a=" * 1_000, headers=headers)
    assert code(long) == (400, "error.api.invalid_content"), "anybody may call, and reading costs"
    signed = await site.request("POST", path, body=form, headers=headers)
    assert (signed.status, signed.json["token"]) == (200, token)
    assert signed.json["user"]["user"]["login"] == "editor"
    assert signed.json["system_rights"] == {"system.message": {}}
    assert signed.json["pending_tasks"] == []
    assert {one["group"]["name"] for one in signed.json["groups"]} >= {":all", ":authenticated"}
    assert signed.json["authenticated"]["method"] == "easydb"
    assert (await site.request("GET", f"{URL}?token={token}")).json == []
    out = await site.request("POST", f"{SESSION}/deauthenticate?token={token}", body=b"")
    assert out.json == begun
    assert code(await site.request("GET", f"{URL}?token={token}")) == DENIED
    assert (await site.request("POST", f"{SESSION}/deauthenticate?token={token}", body=b"")).json
    assert (await one.ask("GET")).json == []


@pytest.mark.gen_test
async def test_pending_tasks(site: Site) -> None:
    one, reader = await editor(site), await caller(site, "reader", rights=("system.message",))
    ours = await group(site, 5, "ours")
    await site.app.accounts.groups.join(reader.person.id, ours)
    january = {"value": "2020-01"}
    await one.created(title=EN, groups=[ours], end_time=january)
    await one.created(title=EN, groups=[ours], start_time={"value": "2999"})
    await one.created(title=EN, groups=[ours], type="eula")
    await one.created(title=EN)
    assert (await reader.pending(), (await reader.ask("GET")).status) == ([], 200)
    html = {"de-DE": "<b onclick=x>Hallo</b>", "en-US": "<b>Hello</b>"}
    made = await one.created(
        title=EN, message_html=html, confirmation=EN, groups=[ours], webfrontend_props={"color": 1}
    )
    number = made["message"]["_id"]
    task = {
        "type": "message",
        "updated": False,
        "message": {
            "color": 1,
            "title": "Hello",
            "message": "<b>Hallo</b>",
            "message_key": f"{number}.1",
            "confirm": "Hello",
        },
    }
    assert await reader.pending("de-DE") == [task]
    assert (await reader.pending())[0]["message"]["message"] == "<b>Hello</b>"
    assert await one.pending() == []
    blocked = (403, "error.user.tasks_not_confirmed")
    for verb in ("GET", "PUT", "POST"):
        assert code(await reader.ask(verb, URL, [])) == blocked
    assert (await site.request("GET", "/messages/", reader.person)).status == 200
    assert code(await reader.confirm("x")) == (400, "error.api.invalid_value")
    for unknown in ("999.1", f"{number}.2", f"{number}.0"):
        assert len((await reader.confirm(unknown)).json["pending_tasks"]) == 1
    confirmed = await reader.confirm(f"{number}.1")
    assert (confirmed.status, confirmed.json["pending_tasks"]) == (200, [])
    assert (await reader.ask("GET")).status == 200
    await one.changed(number, 2, title=EN)
    assert await reader.pending() == []
    await one.changed(number, 3, confirm_every_version=True)
    (again,) = await reader.pending()
    assert (again["updated"], again["message"]["message_key"]) == (True, f"{number}.3")
    reach = await site.request("GET", f"/announcements/{number}/audience", one.person)
    assert reach.json == {
        "id": number,
        "version": 3,
        "in_force": True,
        "users": 1,
        "confirmed": 0,
        "confirmed_any": 1,
    }
    query = f"/announcements/{number}/preview?language=de&group=5"
    seen = (await site.request("GET", query, one.person)).json
    assert (seen["content"], seen["is_seen"], seen["title"]) == ("<b>Hallo</b>", True, "Hello")
    unseen = await site.request("GET", f"/announcements/{number}/preview?group=6", one.person)
    assert unseen.json["is_seen"] is False
    written = await site.request("GET", "/announcements/languages", one.person)
    assert written.json == {"languages": ["en-US", "de-DE"]}
    draft = {"message": "<b>x</b><script>y</script>"}
    looked = await site.request("POST", "/announcements/preview", one.person, body=draft)
    assert looked.json == {"content": "<b>x</b>"}
    wrongs: list[Any] = [{}, {"message": 1}, []]
    for wrong in wrongs:
        looked = await site.request("POST", "/announcements/preview", one.person, body=wrong)
        assert looked.status == 400
    fresh = (await site.request("GET", SESSION)).json["token"]
    path = f"{SESSION}/messages_confirm?token={fresh}"
    assert code(await site.request("POST", path, body=[])) == DENIED
