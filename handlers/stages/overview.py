"""/stages/sets/<id>/funnel/: how many stand where in a set, for administrators."""

from handlers.base import ApiHandler
from handlers.ids import number


class FunnelHandler(ApiHandler):
    """The subscriptions of a set, by the number of their next message."""

    admin_only = True

    async def get(self, digits: str) -> None:
        found = await self.app.stages.funnel(number(digits))
        steps = [
            {
                "next_sequence_number": one.next_number,
                "subscriptions": one.subscriptions,
                "held": one.held,
            }
            for one in found.steps
        ]
        self.reply({"steps": steps, "completed": found.completed, "stopped": found.stopped})


ROUTES = [(r"/stages/sets/([0-9]+)/funnel/", FunnelHandler)]
