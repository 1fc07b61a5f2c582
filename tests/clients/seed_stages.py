"""A program of somebody else's: drives stages with the published client, unchanged.

Words: the client's base URL, a token, the id of a set named client. Writes what it saw as JSON.
"""

import inspect
import io
import json
import sys
from typing import Any

# Its library was written for Python 3.10 and older, and asks for this by its old name.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec  # type: ignore[attr-defined]

from seed_services_client import (  # type: ignore[import-untyped]  # noqa: E402
    StageBasedMessagingApiClient,
)


def main(base: str, token: str, messageset: str) -> dict[str, Any]:
    client = StageBasedMessagingApiClient(token, base)
    found = client.get_messageset(int(messageset))
    message = {"messageset": found["id"], "sequence_number": 1, "lang": "eng_ZA"}
    made = client.create_message({**message, "text_content": "one"})
    gone = client.create_message({**message, "lang": "afr_ZA", "text_content": "een"})
    walk = {"identity": "somebody", "messageset": found["id"], "lang": "eng_ZA"}
    walk["schedule"] = found["default_schedule"]
    subscriptions = [client.create_subscription({**walk, "version": at}) for at in (1, 2, 3)]
    first = subscriptions[0]["id"]
    is_same = client.get_message(made["id"]) == made
    file = client.create_binarycontent({"content": ("one.mp3", io.BytesIO(b"one"))})
    heard = client.update_message(made["id"], {"binary_content": file["id"]})
    return {
        "file": heard["binary_content"] == file["id"],
        "forgotten": client.update_message(made["id"], {"binary_content": None})["binary_content"],
        "file_deleted": client.delete_binarycontent(file["id"]),
        "schedules": [one["id"] for one in client.get_schedules()["results"]],
        "schedule": client.get_schedule(found["default_schedule"])["id"],
        "sets": [one["id"] for one in client.get_messagesets({"short_name": "client"})["results"]],
        "languages": client.get_messageset_languages(),
        "message": is_same,
        "changed": client.update_message(made["id"], {"text_content": "first"})["text_content"],
        "deleted": client.delete_message(gone["id"]),
        "messages": [one["id"] for one in client.get_messages({"lang": "eng_ZA"})["results"]],
        "made": made["id"],
        "subscriptions": [one["id"] for one in subscriptions],
        "pages": [one["id"] for one in client.get_subscriptions({"limit": 2})["results"]],
        "one": client.get_subscription(first) == subscriptions[0],
        "ended": client.update_subscription(first, {"active": False})["active"],
        "failed": list(client.get_failed_tasks()["results"]),
        "resent": client.resend_subscription(first),
        "requeued": client.requeue_failed_tasks(),
    }


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
