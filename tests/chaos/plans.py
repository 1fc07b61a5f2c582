"""What many people do, drawn from a seed: the same seed, the same plan."""

import random
from dataclasses import dataclass

SEND, NOTICE, TO_ALL, TO_GROUP = "send", "notice", "notice to all", "notice to the group"
MARK_READ, MARK_UNREAD, DELETE, DELETE_SENT = "read", "unread", "delete", "delete sent"
WEIGHTS = {
    SEND: 60,
    NOTICE: 2,
    TO_ALL: 1,
    TO_GROUP: 1,
    MARK_READ: 18,
    MARK_UNREAD: 6,
    DELETE: 8,
    DELETE_SENT: 4,
}
SENDS = (SEND, NOTICE, TO_ALL, TO_GROUP)
GIVES_UP = 0.02  # of senders, who do not repeat a request that was not answered
CUTS = 0.05  # after so many steps somebody's connection breaks


@dataclass(frozen=True)
class Step:
    """One thing that a person does; ``luck`` (0 … 1) chooses among what there is by then."""

    number: int
    what: str
    who: int
    to: tuple[int, ...]
    luck: float
    gives_up: bool = False
    cuts: bool = False

    @property
    def content(self) -> str:
        return f"content {self.number}"


def plan(chance: random.Random, people: int, sends: int) -> list[Step]:
    """Steps of people 1 … ``people``, with so many sends among them."""
    steps: list[Step] = []
    left = sends
    while left:
        what = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        who = chance.randint(1, people)
        others = [one for one in chance.sample(range(1, people + 1), min(6, people)) if one != who]
        step = Step(
            number=len(steps) + 1,
            what=what,
            who=who,
            to=tuple(others[: chance.choice((1, 1, 1, 2, 3, 5))]),
            luck=chance.random(),
            gives_up=chance.random() < GIVES_UP,
            cuts=chance.random() < CUTS,
        )
        steps.append(step)
        left -= what in SENDS
    return steps
