"""How often somebody may do something: fixed windows of a minute, and what is said of them."""

from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: ``used`` of ``limit`` in this window, which ends in ``reset_s``."""

    limit: int
    used: int
    reset_s: int

    @property
    def is_over(self) -> bool:
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def share(self) -> float:
        """How much of the limit is used; the greatest of several is the one that is told."""
        return self.used / self.limit

    def headers(self) -> dict[str, str]:
        """The headers of the IETF's draft on rate limits, with ``Retry-After`` once it is over."""
        said = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_S}",
        }
        return said | ({"Retry-After": str(self.reset_s)} if self.is_over else {})


def window_of(now_s: float) -> tuple[int, int]:
    """The number of the window that a moment is in, and in how many seconds (1 to 60) it ends."""
    number = int(now_s // WINDOW_S)
    return number, max(1, int((number + 1) * WINDOW_S - now_s + 0.999))


def backoff_s(failures: int, free: int, longest_s: float) -> float:
    """How long after its last failure nobody may try again: nothing for the first ``free``, then
    1 s, twice as much after each further one, and at most ``longest_s``.
    """
    if failures < free:
        return 0.0
    return min(longest_s, 2.0 ** min(failures - free, 30))
