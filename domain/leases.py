"""How long a lease must be for the process that renews it (docs/adr/0017)."""

RENEWALS = 2  # that one lease has room for, as slow as they come
FADES = 0.98  # by each renewal: half of it after 34, which are seventeen seconds
LONGEST_S = 15.0


class Length:
    """The shortest lease that holds, from how long its holder was silent between two renewals.

    A process that is slow, or whose database is, says to be waited for longer. Who was taken for
    gone comes back with a lease that is twice as long as it took, so it is not again and again.
    """

    def __init__(self, least_s: float):
        self._least_s = least_s
        self._silence_s = 0.0

    def note(self, silence_s: float) -> None:
        """It was silent so long; what was longer before is forgotten little by little."""
        self._silence_s = max(silence_s, self._silence_s * FADES)

    @property
    def seconds(self) -> float:
        return min(max(self._least_s, RENEWALS * self._silence_s), LONGEST_S)
