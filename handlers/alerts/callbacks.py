"""/status-updates and /spam-reports: what became of e-mails (alerts contract, 1.13)."""

from http import HTTPStatus

from domain.alert_errors import unprocessable
from handlers.alerts.base import STATUS_UPDATES
from handlers.alerts.inputs import present
from handlers.alerts.people import PeopleHandler
from services.alert_callbacks import GONE, STATUSES, WRONG_STATUS


class StatusUpdatesHandler(PeopleHandler):
    """What a relay says of one e-mail; more keys than these are ignored."""

    needs = STATUS_UPDATES
    audits = {"POST": "alerts.emails.status"}

    async def post(self) -> None:
        given = self.params()
        reference, status = present(given, "reference"), present(given, "status")
        if status not in STATUSES:
            raise unprocessable(WRONG_STATUS)
        to = present(given, "to") if status == GONE else None
        await self.people.callbacks.note(reference, status, to)
        self.reply_empty(HTTPStatus.NO_CONTENT)


class SpamReportsHandler(PeopleHandler):
    """Somebody called an e-mail spam."""

    needs = STATUS_UPDATES
    audits = {"POST": "alerts.emails.spam"}

    async def post(self) -> None:
        await self.people.callbacks.complain(present(self.params(), "to"))
        self.reply_empty(HTTPStatus.NO_CONTENT)


ROUTES = [
    (r"/status-updates", StatusUpdatesHandler),
    (r"/spam-reports", SpamReportsHandler),
]
