"""What the tests of stages ask for again and again."""

from typing import Any

from tests.handlers.schedule_calls import make
from tests.sites import Answer, Person, Site

SETS = "/api/v1/messageset/"
MESSAGES = "/api/v1/message/"
FILES = "/api/v1/binarycontent/"
SUBSCRIPTIONS = "/api/v1/subscriptions/"
IDENTITY = "8646b7bc-b511-4965-a90b-e1145e398703"
REQUIRED = ["This field is required."]
NO_CHOICE = ["Select a valid choice. That choice is not one of the available choices."]


def no_such(number: int) -> list[str]:
    return [f'Invalid pk "{number}" - object does not exist.']


async def post(site: Site, who: Person, path: str, **body: Any) -> dict[str, Any]:
    answer = await site.request("POST", path, who, body=body)
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    return made


async def new_set(site: Site, who: Person, name: str = "first", **body: Any) -> dict[str, Any]:
    """A message set, on a schedule of its own unless one is given."""
    if "default_schedule" not in body:
        schedule = await make(site, who, cron_definition="0 8 * * *", enabled=False)
        body["default_schedule"] = schedule["id"]
    return await post(site, who, SETS, short_name=name, **body)


async def new_message(
    site: Site, who: Person, messageset: dict[str, Any], number: int, **body: Any
) -> dict[str, Any]:
    given = {"lang": "eng_ZA", "text_content": f"message {number}", **body}
    return await post(
        site, who, MESSAGES, messageset=messageset["id"], sequence_number=number, **given
    )


async def subscribe(
    site: Site, who: Person, messageset: dict[str, Any], **body: Any
) -> dict[str, Any]:
    given = {
        "identity": IDENTITY,
        "lang": "eng_ZA",
        "messageset": messageset["id"],
        "schedule": messageset["default_schedule"],
        **body,
    }
    return await post(site, who, SUBSCRIPTIONS, **given)


async def ids_of(site: Site, who: Person, path: str) -> list[Any]:
    """The ids that a list shows."""
    answer = await site.request("GET", path, who)
    assert answer.status == 200, answer
    return [one["id"] for one in answer.json["results"]]


def form(name: str, content: bytes, field: str = "content") -> tuple[dict[str, str], bytes]:
    """The headers and the body of a form with one file."""
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return headers, head.encode() + content + b"\r\n--b--\r\n"


async def upload(
    site: Site, who: Person, name: str, content: bytes, *, verb: str = "POST", path: str = FILES
) -> Answer:
    headers, body = form(name, content)
    return await site.request(verb, path, who, body=body, headers=headers)


async def walk(site: Site, who: Person) -> dict[str, int]:
    """The ids of a set, a message in it, and a subscription to it that is behind, by name."""
    made = await new_set(site, who)
    message = await new_message(site, who, made, 1)
    subscription = await subscribe(site, who, made)
    file = (await upload(site, who, "a.mp3", b"a")).json["id"]
    row = {"task": "t", "subscription": subscription["number"], "uuid": subscription["id"]}
    sets = {f"{which}_messageset": made["id"] for which in ("current", "expected")}
    numbers = {f"{which}_sequence_number": 1 for which in ("current", "expected")}
    late = {"_id": 1, **row, **sets, **numbers, "messages_behind": 1, "created_at": 1}
    await site.app.stages.store.behind.add_all([late])
    return {
        "behind": 1,
        "file": file,
        "set": made["id"],
        "message": message["id"],
        "subscription": subscription["number"],
    }
