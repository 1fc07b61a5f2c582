"""/subscriber-lists: looked up, found or made, shown, described, counted (contract, 1.1-1.5)."""

from handlers.alerts.base import AlertsHandler
from handlers.alerts.shapes import subscriber_list
from models.database import Document

NAME = r"([^/]+)"


class _Lists(AlertsHandler):
    async def show(self, one: Document) -> None:
        active = await self.app.alerts.lists.active(one)
        shown = {**subscriber_list(one), "active_subscriptions_count": active}
        self.reply({"subscriber_list": shown})


class ListsHandler(_Lists):
    """The list of exactly these criteria; made if there is none."""

    audits = {"POST": "alerts.lists.create"}

    async def get(self) -> None:
        await self.show(await self.app.alerts.lists.exactly(self.params()))

    async def post(self) -> None:
        given = self.params()
        self.required(given, "title")
        found = await self.app.alerts.lists.find_or_create(given, self.actor)
        self.about(found["slug"])
        await self.show(found)


class ListHandler(_Lists):
    """One list, by its slug or its id."""

    audits = {"PATCH": "alerts.lists.change"}

    async def get(self, name: str) -> None:
        await self.show(await self.app.alerts.lists.find(name))

    async def patch(self, name: str) -> None:
        await self.show(await self.app.alerts.lists.describe(name, self.params()))


class ListMetricsHandler(AlertsHandler):
    """How many would hear of the page at a path: always 200."""

    async def get(self, path: str) -> None:
        self.reply(await self.app.alerts.metrics.of_path(f"/{path}"))


ROUTES = [
    (r"/subscriber-lists", ListsHandler),
    (r"/subscriber-lists/metrics/(.*)", ListMetricsHandler),
    (rf"/subscriber-lists/{NAME}", ListHandler),
]
