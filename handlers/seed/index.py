"""What there is below ``/api/v1/``."""

from typing import Final

from handlers.seed.base import SeedHandler

RESOURCES: Final = (
    *("user", "group", "schedule", "failed-tasks", "webhook"),
    *("messageset", "message", "binarycontent", "subscriptions"),
    "behind-subscriptions",
)


class IndexHandler(SeedHandler):
    """The URLs of all resources."""

    def get(self) -> None:
        root = self.links.root
        self.reply({name: f"{root}/api/v1/{name}/" for name in RESOURCES})


ROUTES = [(r"/api/v1/", IndexHandler)]
