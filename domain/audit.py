"""What is noted of an administrator's action, before it and after it."""

from dataclasses import dataclass
from typing import Final

COMMAND_LINE: Final = "command line"
DONE: Final = 200  # what the command line's success is noted as
REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted; without an id the command line."""

    id: int | None
    username: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One action: ``at`` µs and unique, ``on`` what or whom it was about (None: nothing yet there).

    ``status`` is the answer's, and None while, or when nobody knows whether, it was carried out.
    """

    id: str
    at: int
    actor: Actor
    action: str
    on: str | None
    address: str
    request_id: str | None
    status: int | None = None
