"""GET /live/trace/<id>: one message's whole way, for administrators."""

from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from domain.items import MESSAGE, NOTICE
from handlers.base import ApiHandler
from handlers.ids import number
from handlers.inbox.receipts import instant_text, receipt_resource, stretch
from handlers.queries import last
from services.receipts import Receipt
from services.tracing import Passed, Trace


class TraceHandler(ApiHandler):
    """The steps of a message's or notice's way, when each was over, and who knows it."""

    admin_only = True

    async def get(self, digits: str) -> None:
        kind = last(self.query(), "kind") or MESSAGE
        if kind not in (MESSAGE, NOTICE):
            raise Invalid({"kind": [f'"{kind}" is not a valid choice.']})
        start, size = stretch(self.query())
        trace = await self.app.tracing.of(self.user, kind, number(digits), start, size)
        following = str(start + size) if start + size < trace.sent.count else None
        self.reply({**self._head(trace, kind), **self._recipients(trace, kind), "next": following})

    def _head(self, trace: Trace, kind: str) -> dict[str, Any]:
        return {
            "id": trace.sent.id,
            "kind": kind,
            "process": self.app.tracing.process,
            "record": _record(trace),
            "steps": [_step(one) for one in trace.steps],
        }

    def _recipients(self, trace: Trace, kind: str) -> dict[str, Any]:
        if trace.counts is not None:
            return {"counts": trace.counts}
        return {"receipts": [self._receipt(one, trace, kind) for one in trace.receipts]}

    def _receipt(self, receipt: Receipt, trace: Trace, kind: str) -> dict[str, Any]:
        """The receipt, with when this process pushed to each device: also to one not yet marked."""
        shown = dict(receipt_resource(receipt, self.app.inbox.shapes[kind]))
        pushed = {name: at for (user, name), at in trace.pushed.items() if user == receipt.user}
        shown["pushed_here"] = [{"device": n, "on": to_text(at)} for n, at in pushed.items()]
        return shown


def _record(trace: Trace) -> dict[str, Any] | None:
    """What the record says while it is kept: an hour, under a key a day."""
    record = trace.record
    if record is None:
        return None
    return {
        "id": record.id,
        "state": record.state,
        "process": record.lease.by if record.lease else None,
        "attempts": record.attempts,
        "revision": record.revision,
    }


def _step(passed: Passed) -> dict[str, Any]:
    return {"step": passed.step, "on": instant_text(passed.at), "known_by": passed.known_by}


ROUTES = [(r"/live/trace/([0-9]+)", TraceHandler)]
