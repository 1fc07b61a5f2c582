"""Devices: where a user reads, and how far each of them was told (live, hole H17)."""

from dataclasses import dataclass, replace

from domain.accounts import Identity

LONGEST_NAME = 64
_SHOWN_OF_CREDENTIAL = 8


@dataclass(frozen=True)
class Marks:
    """How far one device was told: two revisions up to which it has everything, 0 for unknown.

    ``pushed``: it was handed to its connection. ``acknowledged``: the device said that it applied
    it. Both only rise.
    """

    pushed: int = 0
    acknowledged: int = 0

    def raised(self, pushed: int = 0, acknowledged: int = 0) -> "Marks":
        """These marks, no lower; what is acknowledged was pushed."""
        acknowledged = max(self.acknowledged, acknowledged)
        return replace(
            self, pushed=max(self.pushed, pushed, acknowledged), acknowledged=acknowledged
        )


@dataclass(frozen=True)
class Device:
    """A device of a user with its marks, and when (µs) each of them was last raised."""

    user: int
    name: str
    marks: Marks
    pushed_at: int = 0
    acknowledged_at: int = 0

    def was_pushed(self, revision: int) -> bool:
        """Was what happened at this revision handed to the device?"""
        return self.marks.pushed >= revision

    def has_acknowledged(self, revision: int) -> bool:
        """Did the device say that it has what happened at this revision?"""
        return self.marks.acknowledged >= revision


def name_of(identity: Identity, given: str | None) -> str:
    """What a device is called: as its client says, or after the credential that it came with."""
    if given:
        return given
    kind = "session" if identity.is_session else "token"
    return f"{kind}-{identity.credential[:_SHOWN_OF_CREDENTIAL]}"
