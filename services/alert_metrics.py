"""How many would hear of a page (alerts contract, 1.5 and 3.10).

Upstream asks its content store for the page; here the newest content change of that path is it.
"""

from domain.alertable import is_alertable
from models.alert_contents import AlertContents
from models.alert_lists import AlertLists
from models.alert_subscriptions import AlertSubscriptions
from services.alert_matching import Matching


class AlertMetrics:
    """Counts for a path; zeros for what is not known."""

    def __init__(self, lists: AlertLists, contents: AlertContents, rows: AlertSubscriptions):
        self._lists, self._contents, self._subscriptions = lists, contents, rows
        self._matching = Matching(lists)

    async def of_path(self, path: str) -> dict[str, int]:
        """Who subscribes to the list of this page, and who would hear of a change of it."""
        own = await self._lists.by_url(path)
        return {
            "subscriber_list_count": 0 if own is None else await self._active([own["_id"]]),
            "all_notify_count": await self._active(await self._notified(path)),
        }

    async def _notified(self, path: str) -> list[int]:
        change = await self._contents.newest_of_path(path)
        if change is None or not is_alertable(change):
            return []
        return await self._matching.matched_lists(change)

    async def _active(self, lists: list[int]) -> int:
        """Active subscriptions together; who is on two lists counts twice."""
        return sum((await self._subscriptions.counts(lists)).values())
