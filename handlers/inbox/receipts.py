"""What became of something sent: who has it, on which devices, and who read it."""

from collections.abc import Mapping
from typing import Any

from domain.devices import Device
from domain.errors import Invalid
from domain.instants import to_text
from domain.items import MESSAGE, NOTICE
from handlers.ids import number
from handlers.inbox.base import InboxHandler
from handlers.queries import Query, limit, whole
from services.items import Shape
from services.receipts import Receipt, Sent

USUAL_PAGE, LARGEST_PAGE = 50, 200
NOT_A_CURSOR = "Not a cursor."


class ReceiptsHandler(InboxHandler):
    """Receipts of one's own message or notice, by recipient and device, a page at a time."""

    action = "detail_sent"

    async def get(self, digits: str) -> None:
        sent = await self.app.receipts.find(self.user, self.kind, number(digits))
        if sent.notice is not None:
            audience = sent.notice["audience"]
            counts = await self.app.receipts.counts(sent)
            self.reply({**_head(sent), "audience": audience, "counts": counts})
            return
        start, size = stretch(self.query())
        receipts = await self.app.receipts.page(sent, start, size)
        following = str(start + size) if start + size < sent.count else None
        shown = [receipt_resource(one, self.shape) for one in receipts]
        total = {"recipients_total": sent.count}
        self.reply({**_head(sent), **total, "receipts": shown, "next": following})


def stretch(query: Query) -> tuple[int, int]:
    """From which recipient on is asked for, and how many; raises `Invalid`."""
    start = whole(query, "cursor") or 0
    if start < 0:
        raise Invalid({"cursor": [NOT_A_CURSOR]})
    return start, limit(query, usual=USUAL_PAGE, most=LARGEST_PAGE)


def _head(sent: Sent) -> dict[str, Any]:
    return {"id": sent.id, "sent_on": to_text(sent.sent_on)}


def receipt_resource(receipt: Receipt, shape: Shape) -> Mapping[str, Any]:
    """One recipient's receipt, as the API shows it."""
    return {
        "recipient": shape.person(receipt.user, receipt.username),
        "is_stored": receipt.is_stored,
        "is_read": receipt.is_read,
        "read_on": instant_text(receipt.read_at),
        "devices": [_device(one, receipt.revision) for one in receipt.devices],
    }


def _device(device: Device, revision: int) -> Mapping[str, Any]:
    return {
        "device": device.name,
        "is_pushed": device.was_pushed(revision),
        "is_acknowledged": device.has_acknowledged(revision),
        "last_pushed_on": instant_text(device.pushed_at),
        "last_acknowledged_on": instant_text(device.acknowledged_at),
    }


def instant_text(moment: int | None) -> str | None:
    """An instant, or None for one that is not known."""
    return to_text(moment) if moment else None


ROUTES = [
    (r"/messages/sent/([0-9]+)/receipts/", ReceiptsHandler, {"kind": MESSAGE}),
    (r"/notices/sent/([0-9]+)/receipts/", ReceiptsHandler, {"kind": NOTICE}),
]
