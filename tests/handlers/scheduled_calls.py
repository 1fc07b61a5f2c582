"""Calls about scheduled sends, as their senders make them."""

from typing import Any

from domain.instants import to_text
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox
from tests.receivers import eventually
from tests.sites import Answer, Person, Site

LIMIT_S = 15
ONE_TIME = "Give one of send_at, send_at_local with time_zone, and schedule."


def in_seconds(site: Site, seconds: float) -> str:
    return to_text(site.app.clock.wall() + int(seconds * 1_000_000))


async def later(site: Site, who: Person, kind: str = MESSAGE, **body: Any) -> str:
    """The path of a scheduled send."""
    answer = await Inbox(site, kind).send(who, {"content": "later", **body})
    assert answer.status == 202, answer
    assert answer.headers["Location"] == f"/scheduled/{answer.json['id']}/"
    return str(answer.headers["Location"])


async def got(site: Site, who: Person, path: str = "/scheduled/") -> Any:
    answer = await site.request("GET", path, who)
    assert answer.status == 200, answer
    return answer.json


async def patched(site: Site, who: Person, path: str, **body: Any) -> Answer:
    return await site.request("PATCH", path, who, body=body)


async def contents(site: Site, who: Person, kind: str = MESSAGE) -> list[str]:
    return await Inbox(site, kind).contents(who)


async def only_so_many_wait(site: Site, who: Person, count: int) -> None:
    """Until all but ``count`` of his have left."""

    async def do() -> bool:
        return len(await got(site, who)) <= count

    await eventually(do, LIMIT_S)


async def all_left(site: Site, who: Person) -> None:
    """Until nothing of his is left to leave."""
    await only_so_many_wait(site, who, 0)


async def so_many_came(site: Site, who: Person, count: int) -> None:
    """Until he has ``count`` notices."""

    async def did() -> bool:
        return len(await contents(site, who, NOTICE)) >= count

    await eventually(did, LIMIT_S)
