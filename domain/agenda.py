"""What a runner has before it: jobs by their time, served in turn by kind.

The store is the truth; an agenda is what one process knows of the near future, so it may hold
what was cancelled, moved or taken by others, and forgets what it has no room for.
"""

import heapq
from collections.abc import Callable, Iterable

from domain.jobs import Due

MOST_OF_A_KIND = 4_000
SHORT = 500


class Agenda:
    """A timer heap for each kind. Whoever takes gets the longest due of each kind in turn.

    So a hundred thousand overdue jobs of one kind delay another kind's by one job.
    """

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[int, str]]] = {}
        self._due_at: dict[str, int] = {}
        self._turns: list[str] = []

    def __len__(self) -> int:
        return len(self._due_at)

    def add(self, jobs: Iterable[Due]) -> None:
        """Know of these jobs; the time said last for a key holds."""
        for job in jobs:
            if self._due_at.get(job.key) == job.due_at:
                continue
            heap = self._heap(job.kind)
            if len(heap) < MOST_OF_A_KIND:
                self._due_at[job.key] = job.due_at
                heapq.heappush(heap, (job.due_at, job.key))

    def _heap(self, kind: str) -> list[tuple[int, str]]:
        if kind not in self._heaps:
            self._heaps[kind] = []
            self._turns.append(kind)
        return self._heaps[kind]

    def is_short_of(self, kind: str) -> bool:
        """Is there room for many more of this kind?"""
        return len(self._heaps.get(kind, ())) < SHORT

    def take(self, now: int, count: int, room: Callable[[str], int]) -> list[str]:
        """At most ``count`` keys of due jobs, one of each kind in turn; of each as ``room`` says.

        The kind that would have been next is the first of the next call.
        """
        taken: list[str] = []
        left = {kind: room(kind) for kind in self._turns}
        passed = 0
        while len(taken) < count and passed < len(self._turns):
            kind = self._turns.pop(0)
            self._turns.append(kind)
            key = self._pop(kind, now) if left[kind] > 0 else None
            if key is None:
                passed += 1
                continue
            passed = 0
            left[kind] -= 1
            taken.append(key)
        return taken

    def _pop(self, kind: str, now: int) -> str | None:
        heap = self._heaps[kind]
        self._drop_stale(heap)
        if not heap or heap[0][0] > now:
            return None
        _, key = heapq.heappop(heap)
        del self._due_at[key]
        return key

    def _drop_stale(self, heap: list[tuple[int, str]]) -> None:
        """Entries whose job was moved since, or taken under another entry."""
        while heap and self._due_at.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)

    def next_at(self, room: Callable[[str], int]) -> int | None:
        """When the first job of a kind that there is room for is due, or None; maybe long past."""
        for heap in self._heaps.values():
            self._drop_stale(heap)
        firsts = [heap[0][0] for kind, heap in self._heaps.items() if heap and room(kind) > 0]
        return min(firsts, default=None)
