"""Events to everyone that came together: each receiver is told all of them in one step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.audiences import Audience
from domain.events import Event, Part
from push.counters import Move

RUN_BYTES = 65_536  # of frames told in one step: who lags is looked at before, and not within


@dataclass(frozen=True)
class Run:
    """What some events tell, in order, everyone whose account began by ``as_of``.

    ``moves`` are what they do to his unread counters.
    """

    frames: tuple[bytes, ...]
    moves: tuple[Move, ...]
    as_of: int

    @classmethod
    def of(cls, events: Sequence[Event], since: int = 0) -> "Run":
        """The run of such events; of those alone for whom an account of ``since`` was in time."""
        told = [(one, part) for one in events for part in one.parts if part.as_of >= since]
        return cls(
            tuple(part.frame for _, part in told),
            tuple((*part.unread, one.revision) for one, part in told if part.unread is not None),
            min((part.as_of for _, part in told), default=since),
        )


def together(events: Sequence[Event]) -> Iterator[list[Event]]:
    """The same in order: those that one `Run` can tell in one list, any other alone."""
    some, size = list[Event](), 0
    for event in events:
        size += event.size_bytes
        if some and not (size <= RUN_BYTES and _may_join(some[-1]) and _may_join(event)):
            yield some
            some, size = [], event.size_bytes
        some.append(event)
    if some:
        yield some


def _may_join(event: Event) -> bool:
    """Is it one frame that everyone gets as it is?"""
    return len(event.parts) == 1 and not event.signals and _is_plain(event.parts[0])


def _is_plain(part: Part) -> bool:
    is_for_all = isinstance(part.to, Audience) and part.to.is_everyone
    return is_for_all and not part.variants and not part.without
