"""Who is there: users and groups in lists for programs (stages contract, 1.3.1)."""

from domain.windows import Listed, Window
from models.accounts import AccountStore
from models.database import Document


class Directory:
    """Reads accounts and groups; the groups that everybody is in by nature are left out."""

    def __init__(self, store: AccountStore):
        self._store = store

    async def users(self, window: Window) -> Listed[Document]:
        """Accounts, active or not, the newest first."""
        return await self._store.users.listed(window)

    async def user(self, user: int) -> Document | None:
        return await self._store.users.get(user)

    async def groups(self, window: Window) -> Listed[Document]:
        """Groups, the newest first."""
        found = [one for one in await self._store.groups.all() if not one["is_system"]]
        return Listed(window.cut(found[::-1]), len(found))

    async def group(self, group: int) -> Document | None:
        found = await self._store.groups.get_all([group])
        return found[0] if found and not found[0]["is_system"] else None
