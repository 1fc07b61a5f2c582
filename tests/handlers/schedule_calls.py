"""What the tests of schedules ask for again and again."""

from typing import Any

from tests.receivers import eventually
from tests.sites import Answer, Person, Site

PATH = "/api/v1/schedule/"
ENDPOINT = "http://example.com/trigger/"
NOT_FOUND = {"detail": "Not found."}
FIVE = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
KEYS = [
    *("url", "id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year"),
    *("cron_definition", "interval_definition", "frequency", "endpoint", "payload", "auth_token"),
    *("next_send_at", "enabled", "time_zone", "on_gap", "on_overlap", "misfire"),
    *("created_at", "created_by", "updated_at", "updated_by"),
]
LATER = "2100-01-01T00:00:00Z"
START = "2027-01-15T08:00:00Z"  # where the hand clock stands unless a test moves it
MINUTE, HOUR = 60, 3_600
AGAIN_AT_ONCE = {"CARILLON_SCHEDULES_RETRY_DELAYS_S": "0,0,0,0,0"}


async def worker(site: Site, name: str = "worker") -> Person:
    return await site.person(name, rights=("services",))


async def make(site: Site, who: Person, **body: Any) -> dict[str, Any]:
    answer = await site.request("POST", PATH, who, body={"endpoint": ENDPOINT, **body})
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    assert answer.headers["Location"] == made["url"]
    return made


async def change(site: Site, who: Person, item: dict[str, Any], **body: Any) -> Answer:
    return await site.request("PATCH", f"{PATH}{item['id']}/", who, body=body)


def five(text: str) -> dict[str, Any]:
    """The five fields that a definition of five positions shows."""
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return dict(zip(names, text.split(), strict=True))


async def shown(site: Site, who: Person, item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await site.request("GET", f"{PATH}{item['id']}/", who)).json
    return found


async def is_due_at(site: Site, who: Person, item: dict[str, Any], at: str | None) -> None:
    """Wait until the schedule says that it is due then."""

    async def holds() -> bool:
        return bool((await shown(site, who, item))["next_send_at"] == at)

    await eventually(holds)
