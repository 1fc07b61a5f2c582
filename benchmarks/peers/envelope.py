"""What every peer sends for a notice: as large as Carillon's frame."""

import json

SENT_ON, REVISION = "2026-01-01T00:00:00.000000Z", 1_767_225_600_000_000


def notice(content: str) -> str:
    item = {"content": content, "is_read": False, "sent_on": SENT_ON, "id": 1}
    head = {"type": "change", "kind": "notice", "version": 1, "revision": REVISION}
    return json.dumps({**head, "item": item})
