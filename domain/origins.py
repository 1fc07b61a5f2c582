"""Where what is being done now was asked for: the address and the request's id, if it has one.

Set by a door as it lets somebody in; whatever it calls may read it, without being handed it.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Origin:
    """A caller's address as text, empty where there is none: the command line, a job."""

    address: str = ""
    request_id: str | None = None


ORIGIN: Final[ContextVar[Origin]] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen
