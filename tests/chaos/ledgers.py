"""What HTTP accepted, as the truth that clients and lists are compared with."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

UNREAD, READ, DELETED = "unread", "read", "deleted"
BOXES = ("messages", "notices")


@dataclass
class Ledger:
    """Contents are unique, so (user, content) names what one person received.

    ``maybe`` are sends whose sender gave up before he had an answer: both outcomes are right.
    """

    received: dict[str, dict[int, set[str]]] = field(
        default_factory=lambda: {box: defaultdict(set) for box in BOXES}
    )
    sent: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken_out: set[str] = field(default_factory=set)  # deleted from the sent box
    states: dict[tuple[int, str], str] = field(default_factory=dict)
    maybe: set[str] = field(default_factory=set)
    asked_s: dict[str, float] = field(default_factory=dict)  # of what was accepted
    copies: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    before: Counter[int] = field(default_factory=Counter)  # statuses of requests repeated
    refused: list[str] = field(default_factory=list)  # answers that should not have been
    _waiting: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)

    # Writing

    def note_send(
        self, box: str, sender: int | None, content: str, to: Iterable[int], *, is_copied: bool
    ) -> None:
        """A send that was accepted, or, when ``maybe`` has it, given up."""
        recipients = set(to)
        for user in recipients:
            self.received[box][user].add(content)
        if is_copied and content not in self.maybe:
            self.copies.update(recipients)
        if sender is not None:
            self.sent[sender].add(content)

    def note_state(self, user: int, content: str, state: str) -> None:
        self.states[user, content] = state

    def count(self) -> None:
        """One more request has its answer."""
        self.answered += 1
        due = [one for one in self._waiting if one[0] <= self.answered]
        self._waiting = [one for one in self._waiting if one[0] > self.answered]
        for _, future in due:
            future.set_result(None)

    async def reached(self, answered: int) -> None:
        """Return once so many requests have their answer."""
        if self.answered < answered:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((answered, future))
            await future

    # Comparing

    def expected(self, user: int, box: str) -> dict[str, bool]:
        """What a person's list must hold: content, and whether it is read."""
        return {
            content: self.states.get((user, content)) == READ
            for content in self.received[box][user]
            if self.states.get((user, content)) != DELETED
        }

    def wrong(self, user: int, box: str, listed: list[dict[str, Any]]) -> list[str]:
        """What is not true of a person's list, a line each: lost, doubled, never sent, other."""
        found = Counter(one["content"] for one in listed)
        expected = self.expected(user, box)
        lost = expected.keys() - found.keys() - self.maybe
        is_read = {one["content"]: one["is_read"] for one in listed}
        other = {c for c in expected.keys() & found.keys() if expected[c] != is_read[c]}
        return [
            *(f"{user} lost {content}" for content in sorted(lost)),
            *(f"{user} has {content} {n} times" for content, n in found.items() if n > 1),
            *(
                f"{user} has {content}, deleted or never sent"
                for content in found.keys() - expected.keys()
            ),
            *(f"{user} has {content} read or unread, wrongly" for content in sorted(other)),
        ]

    def wrong_sent(self, user: int, listed: list[dict[str, Any]]) -> list[str]:
        """The same for the sent box."""
        found = Counter(one["content"] for one in listed)
        expected = self.sent[user] - self.taken_out
        lost = expected - found.keys() - self.maybe
        return [
            *(f"{user} lost sent {content}" for content in sorted(lost)),
            *(f"{user} has sent {content} {n} times" for content, n in found.items() if n > 1),
            *(f"{user} has sent {content}, wrongly" for content in found.keys() - expected),
        ]
