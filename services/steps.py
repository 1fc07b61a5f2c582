"""What one process remembers of recent records: when each step of their way was over here.

Bounded, in memory, a few dictionary writes per record: what is not here any more, or was another
process's step, is not known here.
"""

from collections.abc import Mapping

from domain.clock import Clock
from domain.events import Event
from push.connection import LIVE
from push.hub import Hub

MOST_RECORDS = 5_000
MOST_NAMED = 20  # recipients of one part: to more, pushes are not noted one by one

COMMITTED, EFFECTS, TOLD, PUBLISHED = "committed", "effects", "told", "published"

Step = str | tuple[int, str]  # a name, or (user, device): pushed to it


class Steps:
    """Times (µs) of steps by record; the oldest records are forgotten first."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._of: dict[str, dict[Step, int]] = {}

    def note(self, record: str, step: Step) -> None:
        """This step is over; noted again, the first time stands."""
        self._steps(record).setdefault(step, self._clock.now())

    def _steps(self, record: str) -> dict[Step, int]:
        """What is noted of a record, to note more."""
        steps = self._of.get(record)
        if steps is None:
            if len(self._of) >= MOST_RECORDS:
                del self._of[next(iter(self._of))]
            steps = self._of[record] = {}
        return steps

    def of(self, record: str) -> Mapping[Step, int]:
        """What is known here of a record's way."""
        return dict(self._of.get(record, {}))

    def note_pushes(self, event: Event, hub: Hub) -> None:
        """Note to which devices an event went that was just delivered: to live connections."""
        now, steps = self._clock.now(), self._steps(event.record)
        for part in event.parts:
            if not isinstance(part.to, tuple) or len(part.to) > MOST_NAMED:
                continue
            for user in part.to:
                here = hub.present(user)
                for connection in () if here is None else here.connections:
                    if connection.state == LIVE:
                        steps.setdefault((user, connection.device), now)
