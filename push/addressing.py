"""Whom a part of an event is for among those connected, and which frames of it are one user's."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from domain.accounts import User
from domain.audiences import Audience
from domain.events import Event, Part
from push import frames
from push.present import Present

One = TypeVar("One")
Pause = Callable[[], None]

SLICE, MOST_SLICED = 50, 1_000  # users told before a pause; after so many there is none
MANY = 8  # recipients per connected user, from which on these are looked for among those


def addressed(part: Part, present: Mapping[int, Present]) -> Iterator[tuple[Present, bytes]]:
    """(user, whole frame) of those who are connected here."""
    if isinstance(part.to, Audience):
        return _in_audience(part, part.to, present)
    return _named(part, part.to, present)


def _in_audience(
    part: Part, to: Audience, present: Mapping[int, Present]
) -> Iterator[tuple[Present, bytes]]:
    """Those in an audience: all the same, or each in his language and some left out."""
    if part.variants or part.without:
        for here in present.values():
            if part.is_for(here.user):
                yield here, part.frame_for(here.user)
        return
    everyone, includes = to.is_everyone, to.includes
    as_of, frame = part.as_of, part.frame
    for here in present.values():
        member = here.user.member
        if member.since <= as_of if everyone else includes(member, as_of):
            yield here, frame


def _named(
    part: Part, to: tuple[int, ...], present: Mapping[int, Present]
) -> Iterator[tuple[Present, bytes]]:
    """Those of ``to`` who are connected here, looked for on whichever side is shorter."""
    if len(to) > MANY * len(present):
        places = ((user, _place(to, user)) for user in present)
        found = ((user, n) for user, n in places if n is not None)
    else:
        found = ((user, n) for n, user in enumerate(to) if user in present)
    for user, n in found:
        yield present[user], _frame(part, n)


def frames_for(event: Event, user: User) -> Iterator[bytes]:
    """What an event tells one user."""
    for part in event.parts:
        if isinstance(part.to, Audience):
            if part.is_for(user):
                yield part.frame_for(user)
        else:
            n = _place(part.to, user.id)
            if n is not None:
                yield _frame(part, n)


def in_slices(ones: Iterable[One], pause: Pause) -> Iterator[One]:
    """The same, with a pause behind each slice; the rest of a large crowd comes in one."""
    for n, one in enumerate(ones, 1):
        yield one
        if n % SLICE == 0 and n <= MOST_SLICED:
            pause()


def _place(to: tuple[int, ...], user: int) -> int | None:
    """Where a user stands among recipients, who are in ascending order; None when he does not."""
    n = bisect_left(to, user)
    return n if n < len(to) and to[n] == user else None


def _frame(part: Part, n: int) -> bytes:
    return part.frame if part.first_id is None else frames.splice(part.frame, part.first_id + n)
