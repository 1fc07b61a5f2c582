"""The areas of the description, and the table of each: a new area or handler is added here."""

from collections.abc import Mapping
from typing import Final

from handlers import described as own
from handlers.accounts import described as accounts
from handlers.alerts import described as alerts
from handlers.alerts import overview_described as alert_overview
from handlers.announcements import described as announcements
from handlers.description.words import Described, Verb
from handlers.inbox import broadcasts_described as broadcasts
from handlers.inbox import described as inbox
from handlers.live import described as live
from handlers.schedules import described as schedules
from handlers.stages import described as stages

OPERATIONS: Final = "operations"
AREAS: Final[Mapping[str, str]] = {
    "inbox": "Messages between users, and notices to users: sending, lists, marks, receipts.",
    "live": "Changes as they happen; the websocket's frames are in `/asyncapi.json`.",
    "announcements": "Localized messages with a window, an audience and a confirmation.",
    "schedules": "When something is due, and what to call then; the helpers of the scheduler.",
    "stages": "Sets of numbered messages, and who walks through them.",
    "alerts": "Lists, what is published, and who hears of it by e-mail.",
    "accounts": "Users, groups, tokens, sessions.",
    OPERATIONS: "What operators and their programs ask for.",
}
_ROOMS: Final = {"seed": "schedules"}
_TABLES: Final[tuple[Described, ...]] = (
    inbox.DESCRIBED,
    broadcasts.DESCRIBED,
    live.DESCRIBED,
    announcements.DESCRIBED,
    schedules.DESCRIBED,
    stages.DESCRIBED,
    alerts.DESCRIBED,
    alert_overview.DESCRIBED,
    accounts.DESCRIBED,
    own.DESCRIBED,
)


def area_of(handler: type) -> str:
    """The area of a handler, by the folder it lies in."""
    _, room, *rest = handler.__module__.split(".")
    area = _ROOMS.get(room, room)
    return area if rest and area in AREAS else OPERATIONS


def verbs_of(handler: type, kind: str | None) -> Mapping[str, Verb]:
    """What the tables say of a handler's verbs; nothing for one that they do not name."""
    for table in _TABLES:
        found = table.get((handler, kind)) or table.get(handler)
        if found is not None:
            return found
    return {}
