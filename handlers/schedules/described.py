"""What the scheduler's routes and helpers take and answer (stages contract, 1.2 and 1.3)."""

from typing import Final

from domain.cron import FIELDS
from handlers.description.words import (
    ANY,
    FLAG,
    INSTANT,
    INSTANT_OR_NULL,
    LINK,
    LINK_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_BY_NAME,
    TEXT_OR_NULL,
    TEXTS,
    UUID_OR_NULL,
    WINDOW,
    Described,
    Verb,
    listed,
    nested,
    paged,
    shape,
)
from handlers.schedules import schedules, webhooks
from handlers.seed import failed_tasks, helpers, index, people
from models.account_schemas import SIGN_IN
from models.schedule_schemas import NEW_SCHEDULE, SCHEDULE, SIMULATION, WEBHOOK

ONE: Final = shape(
    "Schedule",
    {
        "url": LINK,
        "id": NUMBER,
        **dict.fromkeys(FIELDS, TEXT_OR_NULL),
        "cron_definition": TEXT_OR_NULL,
        "interval_definition": TEXT_OR_NULL,
        "frequency": NUMBER_OR_NULL,
        "endpoint": TEXT_OR_NULL,
        "payload": ANY,
        "auth_token": TEXT_OR_NULL,
        "next_send_at": INSTANT_OR_NULL,
        "enabled": FLAG,
        "time_zone": TEXT,
        "on_gap": TEXT,
        "on_overlap": TEXT,
        "misfire": TEXT,
        "created_at": INSTANT,
        "created_by": LINK_OR_NULL,
        "updated_at": INSTANT,
        "updated_by": LINK_OR_NULL,
    },
)
FIRING: Final = shape(
    "Firing",
    {
        "at": INSTANT,
        "local": TEXT,
        "wanted": TEXT_OR_NULL,
        "reason": TEXT_OR_NULL,
        "explanation": TEXT_OR_NULL,
    },
)
DUE: Final = shape("Due", {"count": NUMBER, "results": listed(FIRING)})
NOTHING: Final = shape("Nothing", {})
HOOK: Final = shape(
    "Webhook",
    {
        "id": NUMBER,
        "created": INSTANT,
        "updated": INSTANT,
        "event": TEXT,
        "target": TEXT,
        "user": NUMBER_OR_NULL,
    },
)
FAILED: Final = shape(
    "FailedTask",
    {
        "url": LINK,
        "id": NUMBER,
        "schedule": LINK_OR_NULL,
        "subscription": LINK_OR_NULL,
        "subscription_id": UUID_OR_NULL,
        "task_id": TEXT,
        "initiated_at": INSTANT,
        "reason": TEXT,
    },
)
REQUEUED: Final = shape("Requeued", {"requeued_failed_tasks": FLAG})
NAMES: Final = shape("MetricNames", {"metrics_available": TEXTS})
FIRED: Final = shape("MetricsFired", {"scheduled_metrics_initiated": FLAG})
HEALTH: Final = shape(
    "DatabaseHealth",
    {
        "up": FLAG,
        "result": nested(
            shape("HealthResult", {"database": TEXT, "version": TEXT, "libraries": TEXT_BY_NAME})
        ),
    },
)
TOKEN: Final = shape("TokenByPassword", {"token": TEXT})
USER: Final = shape(
    "UserLink", {"email": TEXT, "groups": listed(LINK), "url": LINK, "username": TEXT}
)
GROUP: Final = shape("GroupLink", {"name": TEXT, "url": LINK})
INDEX: Final = {
    "type": "object",
    "properties": {name: {"type": "string", "format": "uri"} for name in index.RESOURCES},
    "required": list(index.RESOURCES),
}
MADE: Final = ("Location",)

DESCRIBED: Final[Described] = {
    schedules.SchedulesHandler: {
        "GET": Verb("All schedules, the newest first.", {200: paged(ONE)}, query=WINDOW),
        "POST": Verb("Make a schedule.", {201: ONE}, NEW_SCHEDULE, headers=MADE),
    },
    schedules.SimulateHandler: {
        "POST": Verb("When something so defined would be due.", {200: DUE}, SIMULATION),
    },
    schedules.ScheduleHandler: {
        "GET": Verb("One schedule.", {200: ONE}),
        "PUT": Verb("Change a schedule; what is not given stays.", {200: ONE}, SCHEDULE),
        "PATCH": Verb("Change a schedule.", {200: ONE}, SCHEDULE),
        "DELETE": Verb("Delete a schedule that nothing uses.", {204: None}, errors=(409,)),
    },
    schedules.SendHandler: {"POST": Verb("Fire a schedule once, now.", {202: NOTHING})},
    webhooks.WebhooksHandler: {
        "GET": Verb("All webhooks, the newest first.", {200: paged(HOOK)}, query=WINDOW),
        "POST": Verb("Make a webhook.", {201: HOOK}, WEBHOOK),
    },
    webhooks.WebhookHandler: {
        "GET": Verb("One webhook.", {200: HOOK}),
        "PUT": Verb("Change a webhook.", {200: HOOK}, WEBHOOK),
        "PATCH": Verb("Change a webhook.", {200: HOOK}, WEBHOOK),
        "DELETE": Verb("Delete a webhook.", {204: None}),
    },
    failed_tasks.FailedTasksHandler: {
        "GET": Verb("What failed for good, the newest first.", {200: paged(FAILED)}, query=WINDOW),
        "POST": Verb("Begin all that failed anew.", {201: REQUEUED}),
    },
    failed_tasks.FailedTaskHandler: {"GET": Verb("One task that failed.", {200: FAILED})},
    helpers.MetricsHandler: {
        "GET": Verb("The keys of all metrics.", {200: NAMES}),
        "POST": Verb("Fire the metrics that are fired on a schedule.", {200: FIRED}),
    },
    helpers.HealthHandler: {"GET": Verb("Is the database there?", {200: HEALTH, 503: HEALTH})},
    helpers.TokenAuthHandler: {
        "POST": Verb("A new token for who knows the password.", {200: TOKEN}, SIGN_IN),
    },
    index.IndexHandler: {"GET": Verb("The URLs of all resources.", {200: INDEX})},
    people.UsersHandler: {
        "GET": Verb("All users, the newest first.", {200: paged(USER)}, query=WINDOW),
    },
    people.UserHandler: {"GET": Verb("One user.", {200: USER})},
    people.GroupsHandler: {
        "GET": Verb("All groups, the newest first.", {200: paged(GROUP)}, query=WINDOW),
    },
    people.GroupHandler: {"GET": Verb("One group.", {200: GROUP})},
}
