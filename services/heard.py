"""Which records a process has heard of, and at which place, for as long as a look may meet them."""

from collections import deque


class Heard:
    """Ids of records with the latest place (µs) each was heard at.

    Forgetting costs what is forgotten, not what is known: a busy process knows of 100,000. So they
    are gone through in the batches in which they came, one for each call of `forget`.
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._young: list[str] = []
        self._batches: deque[tuple[int, list[str]]] = deque()  # (its youngest place, ids)

    def __contains__(self, record: str) -> bool:
        return record in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, record: str, place: int) -> bool:
        """Hear of a record; False when it is known, and stays where it was."""
        if record in self._places:
            return False
        self._places[record] = place
        self._young.append(record)
        return True

    def move(self, record: str, place: int) -> None:
        """One that is known was met at this place; a later one stands."""
        self._places[record] = max(place, self._places[record])

    def forget(self, before: int) -> None:
        """Forget what lies before; a few beside younger ones may stay known until those go."""
        if self._young:
            self._batches.append((max(map(self._places.__getitem__, self._young)), self._young))
            self._young = []
        for _ in range(len(self._batches)):
            youngest, records = self._batches.popleft()
            if youngest < before:
                self._drop(records, before)
            else:
                self._batches.append((youngest, records))

    def _drop(self, records: list[str], before: int) -> None:
        """Forget those of a batch; who was moved meanwhile goes with a younger one."""
        for record in records:
            if self._places[record] < before:
                del self._places[record]
            else:
                self._young.append(record)
