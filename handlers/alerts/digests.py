"""/alerts/digests/: the runs, what the next ones will tell, and one now, for administrators."""

from http import HTTPStatus
from typing import Any

from handlers.alerts.shapes import instant
from handlers.bodies import shape
from handlers.listing import EVER, Pages
from models.digest_schemas import DIGEST
from models.schemas import load
from services.alert_digest_overview import Coming, Standing


class DigestsHandler(Pages):
    """What was made, the newest first, with what comes; making one over a window that is over."""

    audits = {"POST": "alerts.digest"}

    async def get(self) -> None:
        place, size = self.place(EVER), self.size()
        digests = self.app.alerts.digests
        found = await digests.made(place, size)
        self.reply(
            {
                "digests": [_run(one) for one in found],
                "coming": [_coming(one) for one in await digests.coming()],
                "next": str(found[-1].run.created_at) if len(found) == size else None,
            }
        )

    async def post(self) -> None:
        given = load(DIGEST, shape(self.body(), ()))
        begun = await self.app.alerts.digests.start(
            given["range"], given["starts_at"], given["ends_at"]
        )
        self.about(begun.run.id)
        self.reply(_run(begun), HTTPStatus.ACCEPTED)


def _run(standing: Standing) -> dict[str, Any]:
    one = standing.run
    instants = ("starts_at", "ends_at", "created_at", "completed_at")
    return {
        "id": one.id,
        "range": one.range,
        "date": one.date,
        **{name: instant(getattr(one, name)) for name in instants},
        "subscribers": standing.subscribers,
        "served": standing.served,
        "emails": one.emails,
    }


def _coming(one: Coming) -> dict[str, Any]:
    return {
        "range": one.range,
        "starts_at": instant(one.window.start),
        "ends_at": instant(one.window.end),
        "until": instant(one.until),
        "due_at": instant(one.due),
        "contents": one.contents,
    }


ROUTES = [(r"/alerts/digests/", DigestsHandler)]
