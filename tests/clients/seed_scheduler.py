"""A program of somebody else's: drives the scheduler with the published client, unchanged.

Words: the client's base URL, a token, the URL that schedules call. Writes what it saw as JSON.
"""

import inspect
import json
import sys
from typing import Any

# Its library was written for Python 3.10 and older, and asks for this by its old name.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec  # type: ignore[attr-defined]

from seed_services_client import SchedulerApiClient  # type: ignore[import-untyped]  # noqa: E402


def main(base: str, token: str, endpoint: str) -> dict[str, Any]:
    client = SchedulerApiClient(token, base)
    schedule = {
        "endpoint": endpoint,
        "cron_definition": "25 * * * *",
        "frequency": 44,
        "payload": {"run": 1},
        "auth_token": "secret",
    }
    made = [client.create_schedule(schedule) for _ in range(5)]
    first = made[0]["id"]
    seen: dict[str, Any] = {
        "made": made,
        "one": client.get_schedule(first),
        "changed": client.update_schedule(first, {"enabled": False}),
        "deleted": client.delete_schedule(made[1]["id"]),
        "pages": [one["id"] for one in client.get_schedules({"limit": 2})["results"]],
        "failed": list(client.get_failed_tasks()["results"]),
        "requeued": client.requeue_failed_tasks(),
    }
    seen["refused"] = []
    for call in (
        lambda: client.get_schedule(made[1]["id"]),
        lambda: client.create_schedule({"cron_definition": "99 * * * *"}),
        lambda: SchedulerApiClient("wrong", base).get_schedule(first),
    ):
        try:
            call()
        except Exception as error:  # noqa: BLE001 - what it raises is what is looked at
            seen["refused"].append([error.response.status_code, error.details])  # type: ignore[attr-defined]
    return seen


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
