"""Keeps one slow receiver from taking the places of all others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from domain.errors import Unavailable

MOST_SLOW = 3
SLOW_S = 1.0


class Lanes:
    """Counts the calls that are being made, by receiver; ``monotonic`` is in seconds.

    While three calls to a receiver have taken longer than a second and are not answered, no other
    is made to it by this process. A fast one is never held up, however many calls it gets.
    """

    def __init__(self, monotonic: Callable[[], float]):
        self._monotonic = monotonic
        self._since: dict[str, dict[object, float]] = {}

    @contextmanager
    def lane(self, url: str) -> Iterator[None]:
        """Make a call to the URL within this; raises `Unavailable` when its receiver is slow."""
        receiver, call, now = urlsplit(url).netloc, object(), self._monotonic()
        calls = self._since.setdefault(receiver, {})
        if sum(now - since > SLOW_S for since in calls.values()) >= MOST_SLOW:
            raise Unavailable(f"{receiver} is slow, and others wait for it")
        calls[call] = now
        try:
            yield
        finally:
            del calls[call]
            if not calls:
                self._since.pop(receiver, None)
