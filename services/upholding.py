"""What a mark changes; that the rest stays as it is, is decided too (hole H5)."""

from collections.abc import Mapping, Sequence

from domain.accounts import User
from domain.clock import Clock
from domain.items import Item
from models.users import in_chunks
from services.mailboxes import Stores, identifiers


class Upholding:
    """Keeps marks that were decided earlier, and are finished later, from what is so already.

    An item may be shown as it was before a mark that was answered and whose effects are not there
    yet: then nothing seems left to do, and that mark would have the last word.
    """

    def __init__(self, stores: Stores, clock: Clock):
        self._stores, self._clock = stores, clock

    async def changing(
        self, user: User, items: Sequence[Item], fields: Mapping[str, bool]
    ) -> Sequence[Item]:
        """Those that ``fields`` change, or all when one has changed since it was read.

        Raises `Unavailable`.
        """
        different, alike = list[Item](), list[Item]()
        for item in items:
            (different if _differs(item, fields) else alike).append(item)
        if alike and not await self._uphold(user, alike, fields["is_read"]):
            return items
        return different

    async def _uphold(self, user: User, items: Sequence[Item], is_read: bool) -> bool:
        """False when one of them is not so any more."""
        found, ids, stamp = 0, identifiers(items), self._clock.stamp()
        for chunk in in_chunks(ids["copies"]):
            found += await self._stores.deliveries.uphold(user.id, chunk, is_read, stamp)
        for chunk in in_chunks(ids["notices"]):
            found += await self._stores.receipts.uphold(user.id, chunk, is_read, stamp)
        return found == len(items)


def _differs(item: Item, fields: Mapping[str, bool]) -> bool:
    """Would these fields change the item?"""
    return "deleted" in fields or item.is_read != fields["is_read"]
