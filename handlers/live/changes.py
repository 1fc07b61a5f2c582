"""GET /live/changes: the feed page by page, now or as soon as there is news (docs/protocol.md)."""

import math

import orjson

from domain.closing import SILENT
from domain.errors import Invalid
from domain.roster import POLL
from handlers.live.door import ReadingDoor
from handlers.queries import device, last, whole
from services.polling import Bell, Poll, Polls
from services.reader import Answer

USUAL_PAGE, LARGEST_PAGE = 100, 1_000
LONGEST_WAIT_S = 60.0
NOT_SECONDS = "Enter a number of seconds."


class ChangesHandler(ReadingDoor):
    """Changes since a cursor, oldest first."""

    def initialize(self) -> None:
        super().initialize()
        self._bell = Bell()

    async def judge(self) -> None:
        await super().judge()
        self._poll = Poll(
            self.since(),
            self._limit(),
            self._wait_s(),
            device=device(self.query()),
            caller=self.caller(POLL),
        )
        if self._poll.wait_s:
            self.app.live.check_room(self.user.id)

    def _limit(self) -> int:
        given = whole(self.query(), "limit")
        if given is not None and not 1 <= given <= LARGEST_PAGE:
            raise Invalid({"limit": [f"Ensure this value is between 1 and {LARGEST_PAGE}."]})
        return USUAL_PAGE if given is None else given

    def _wait_s(self) -> float:
        text = last(self.query(), "wait")
        try:
            wait_s = float(text) if text else 0.0
        except ValueError:
            wait_s = math.nan
        if not math.isfinite(wait_s):
            raise Invalid({"wait": [NOT_SECONDS]})
        if not 0 <= wait_s <= LONGEST_WAIT_S:
            raise Invalid({"wait": [f"Ensure this value is between 0 and {LONGEST_WAIT_S:g}."]})
        return wait_s

    async def get(self) -> None:
        assert self.identity is not None
        for name, value in self.cross_origin_headers().items():
            self.set_header(name, value)
        answer = await Polls(self.app.live).answer(self.identity, self._poll, self._bell)
        self.finish(_body(answer))

    def on_connection_close(self) -> None:
        """Whoever asked is gone."""
        super().on_connection_close()
        self._bell.close(SILENT, "")


def _body(answer: Answer) -> bytes:
    """The answer as JSON; the changes are encoded already."""
    rest = {
        "cursor": answer.cursor.encode(),
        "more": answer.more,
        "reset": answer.reset,
    }
    return b'{"changes":[%b],%b' % (b",".join(answer.changes), orjson.dumps(rest)[1:])


ROUTES = [(r"/live/changes", ChangesHandler)]
