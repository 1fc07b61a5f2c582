"""How an event reaches those connected: what it says, what it made unread, and when it is sent."""

import time
from collections.abc import Callable, Sequence

from domain.events import Event
from push.hub import Hub
from push.runs import together
from services.unread import COALESCE_S, Unread

FEW = 20  # to more, the counters of a burst go out together


class Telling:
    """Tells this process's connections of events.

    One to an audience that comes alone is on its way to the first receivers before the last were
    gone through, and so are those that came together: each gets all of them in one step and one
    piece. Of any other burst each connection gets what it gets in one piece at the end of the
    loop's turn: that costs a fraction of the writes. ``flush`` sends at once what was written.
    """

    def __init__(self, hub: Hub, unread: Unread):
        self.flush: Callable[[], None] = _nothing
        self._hub, self._unread = hub, unread
        self._crowded_at_s = 0.0  # when the last event to an audience came

    def tell(self, events: Sequence[Event]) -> None:
        """Tell events that came together, those to everyone in one step."""
        for some in together(events):
            if len(some) > 1:
                self._tell_run(some)
            else:
                self._tell(some[0])

    def _tell_run(self, events: Sequence[Event]) -> None:
        self._crowded_at_s = time.monotonic()
        may_tell = self._unread.may_tell()
        self._hub.deliver_run(events, self._send_now if may_tell else self.flush)
        if may_tell:
            self._unread.tell_now()

    def _tell(self, event: Event) -> None:
        """Tell it to whom it concerns, and how much is unread unless that was a moment ago.

        Of one to a few that is a question of each of them: what others get holds up nobody.
        """
        if not event.has_audience and len(event.named) <= FEW:
            self._hub.deliver(event)
            self._unread.tell_now_to(event.named)
            return
        may_tell, comes_alone = self._unread.may_tell(), self._comes_alone(event)
        self._hub.deliver(event, self._send_now if may_tell and comes_alone else None)
        if may_tell:
            self._unread.tell_now()

    def _comes_alone(self, event: Event) -> bool:
        """Is it to an audience, and was none told anything a moment ago?"""
        if not event.has_audience:
            return False
        before_s, self._crowded_at_s = self._crowded_at_s, time.monotonic()
        return self._crowded_at_s - before_s >= COALESCE_S

    def _send_now(self) -> None:
        """Send what the event meant for those who were told it."""
        self._unread.tell_now()
        self.flush()


def _nothing() -> None:
    """There are no sockets yet."""
