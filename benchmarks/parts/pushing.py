"""Notices past the door: an envelope as another process publishes it, so the push alone."""

import time
from collections.abc import Callable, Mapping
from itertools import count
from time import perf_counter
from typing import Any

from redis import Redis

from domain.audiences import Audience
from domain.events import Event, Part
from push import envelopes, frames

Answered = Callable[[float], None]
_numbers = count(1)


class Publisher:
    """Takes the place of a `wire.Mouth`: what it posts is not stored, and asks for no credential.

    Nothing answers a publish, so the first arrival does: `arrived` must be called with each.
    """

    def __init__(self, redis: Redis, channel: str):
        self._redis, self._channel = redis, channel
        self._waiting: dict[int, Answered] = {}

    def post(self, _: str, body: Mapping[str, Any], answered: Answered) -> float:
        """Publish a notice; returns when it began to."""
        self._waiting[int(body["content"][2:10])] = answered
        envelope = envelopes.seal(_event(body["content"]), "benchmark")
        started = perf_counter()
        self._redis.publish(self._channel, envelope)
        return started

    def arrived(self, number: int, now: float) -> None:
        answered = self._waiting.pop(number, None)
        if answered is not None:
            answered(now)


def _event(content: str) -> Event:
    now_us, number = time.time_ns() // 1_000, next(_numbers)
    item = {"is_read": False, "content": content, "sent_on": "2026-01-01T00:00:00.000000Z"}
    item |= {"sender": {"id": 1, "username": "admin"}, "id": number}
    frame = frames.change("notice", version=1, revision=now_us, item=item)
    part = Part(Audience(), frame, unread=("notices", 1), as_of=now_us)
    return Event(f"benchmark-{now_us}-{number}", now_us, (part,))
