"""What the tests of walks through sets ask for again and again."""

from typing import Any

from tests.handlers.stage_calls import SUBSCRIPTIONS
from tests.receivers import eventually
from tests.sites import Person, Site

READY = {"process_status": 0, "active": True, "completed": False}
THROUGH = {"process_status": 2, "active": False, "completed": True}


async def shown(site: Site, who: Person, subscription: dict[str, Any]) -> dict[str, Any]:
    path = f"{SUBSCRIPTIONS}{subscription['id']}/"
    found: dict[str, Any] = (await site.request("GET", path, who)).json
    return found


async def stands(site: Site, who: Person, subscription: dict[str, Any], **wanted: Any) -> None:
    """Wait until the subscription says so."""

    async def holds() -> bool:
        found = await shown(site, who, subscription)
        return all(found[name] == value for name, value in wanted.items())

    await eventually(holds)


async def act(site: Site, who: Person, subscription: dict[str, Any], action: str) -> None:
    """Have something sent; fails unless it is accepted."""
    path = f"{SUBSCRIPTIONS}{subscription['id']}/{action}"
    answer = await site.request("POST", path, who)
    status = {"send": 201, "resend": 202}[action]
    assert (answer.status, answer.json) == (status, {"accepted": True})


async def idle(site: Site) -> None:
    """Wait until no job of any kind is due or running."""
    assert await site.app.later.wait(None, 10)


async def notices(site: Site, who: Person) -> list[str]:
    """What somebody has in his inbox, the oldest first."""
    found = (await site.request("GET", "/notices/", who)).json
    return [one["content"] for one in sorted(found, key=lambda one: int(one["id"]))]
