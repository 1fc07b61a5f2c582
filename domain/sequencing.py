"""How somebody walks through a set of numbered messages (stages contract, 3.1, 3.4 and 7.11).

``numbers`` are those of a set's messages in one language, ascending, each once; they may have gaps.
A position is the number that is due next. In a gap the next message after it is due, and a position
past the last message means that the walk is over: upstream compares with the count of messages, and
such walks never end there.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MOST_SETS: Final = 1_000
"""Sets of one lifecycle: those that lead to each other and have no messages would never end."""


@dataclass(frozen=True)
class Stand:
    """A position, and whether the walk through the set is over; then it is the last number.

    Of a set without messages it is 0 and over, as upstream says.
    """

    position: int
    is_over: bool


@dataclass(frozen=True)
class Stage:
    """One set as somebody enters it: where he begins, when, and the firings up to now.

    ``since`` and ``runs`` are instants in µs; ``runs`` lie after ``since`` and ascend, and may end
    with the firing that sends the last message. ``messageset`` says which set it is.
    """

    numbers: Sequence[int]
    initial: int
    since: int
    runs: Sequence[int]
    messageset: int = 0


Follow = Callable[[int], Stage | None]
"""The set after the present one as it is entered at an instant; None after the last."""


def due(numbers: Sequence[int], position: int) -> int | None:
    """The number of the message to send at a position; None when there is none any more."""
    at = bisect_left(numbers, position)
    return numbers[at] if at < len(numbers) else None


def advanced(numbers: Sequence[int], sent: int) -> Stand:
    """Where he stands once the message of this number was sent; at the last it stays there."""
    following = due(numbers, sent + 1)
    return Stand(sent, is_over=True) if following is None else Stand(following, is_over=False)


def expected(stage: Stage) -> Stand:
    """Where he should stand: each firing since he entered sent one message."""
    at = bisect_left(stage.numbers, stage.initial) + len(stage.runs)
    if at < len(stage.numbers):
        return Stand(stage.numbers[at], is_over=False)
    return Stand(stage.numbers[-1] if stage.numbers else 0, is_over=True)


def left_at(stage: Stage) -> int:
    """When the last message of a set that is over was due; with none to send, when he entered."""
    sent = len(stage.numbers) - bisect_left(stage.numbers, stage.initial)
    return stage.runs[sent - 1] if sent else stage.since


def lifecycle(first: Stage, follow: Follow) -> Iterator[tuple[Stage, Stand]]:
    """Every set up to the one that he should be in, with where he should stand in each."""
    stage: Stage | None = first
    for _ in range(MOST_SETS):
        if stage is None:
            return
        stand = expected(stage)
        yield stage, stand
        stage = follow(left_at(stage)) if stand.is_over else None


def behind(first: Stage, position: int, follow: Follow) -> int:
    """How many messages somebody at ``position`` of the first set should have had and had not."""
    return missing(list(lifecycle(first, follow)), position)


def missing(stages: Sequence[tuple[Stage, Stand]], position: int) -> int:
    """The same of a lifecycle that was worked out."""
    total = 0
    for at, (stage, stand) in enumerate(stages):
        end = stand.position + 1 if stand.is_over else stand.position
        start = stage.initial if at else position
        total += max(0, bisect_left(stage.numbers, end) - bisect_left(stage.numbers, start))
    return total
