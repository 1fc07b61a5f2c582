"""What may not be deleted while something else needs it."""

from collections.abc import Awaitable, Callable

from domain.errors import Conflict

UsedBy = Callable[[int], Awaitable[str | None]]


class Uses:
    """Those who say what of theirs uses the thing of an id; ``text`` is the refusal, with a gap."""

    def __init__(self, text: str):
        self._text = text
        self._used_by: list[UsedBy] = []

    def ask(self, used_by: UsedBy) -> None:
        """Ask this too."""
        self._used_by.append(used_by)

    async def refuse(self, id_: int) -> None:
        """Raise `Conflict` that names the first use there is, if any."""
        for used_by in self._used_by:
            user = await used_by(id_)
            if user is not None:
                raise Conflict(self._text.format(user))
