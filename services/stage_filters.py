"""From the query of a list of stages to what is wanted of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from domain.coercion import Refused
from domain.errors import Invalid
from models.stage_filters import NO_CHOICE, NOTHING, Condition, Reader

MOST_DIGITS: Final = 18

IsThere = Callable[[int], Awaitable[bool]]
Query = Mapping[str, Sequence[str]]


class Filters:
    """Conditions that are all to hold; unknown parameters and empty values are none.

    ``chosen`` are the parameters that name something, which must be there. Those in ``unfilled``
    name what no row has: whoever asks for it finds nothing.
    """

    def __init__(
        self,
        readers: Mapping[str, Reader],
        chosen: Mapping[str, IsThere],
        unfilled: Sequence[str] = (),
    ):
        self._readers, self._chosen, self._unfilled = readers, chosen, unfilled

    async def wanted(self, query: Query) -> list[Condition]:
        """The conditions of a query; raises `Invalid` with all that is wrong."""
        conditions: list[Condition] = []
        problems: dict[str, list[str]] = {}
        given = {name: values[-1].strip() for name, values in query.items() if values}
        for name, text in given.items():
            try:
                condition = await self._read(name, text) if text else None
            except Refused as error:
                problems[name] = error.texts
            else:
                conditions += [] if condition is None else [condition]
        if problems:
            raise Invalid(problems)
        return conditions

    async def _read(self, name: str, text: str) -> Condition | None:
        if name in self._chosen:
            number = await self._choice(text, self._chosen[name])
            return NOTHING if name in self._unfilled else {name: number}
        return self._readers[name](text) if name in self._readers else None

    async def _choice(self, text: str, is_there: IsThere) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
        if not is_number or not await is_there(int(text)):
            raise Refused(NO_CHOICE)
        return int(text)
