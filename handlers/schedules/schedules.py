"""/api/v1/schedule/: one resource for seeds 000 and 002 (surface, "Schedules")."""

from http import HTTPStatus
from typing import Any

import orjson

from domain.cron import FIELDS, fields_of
from domain.instants import to_text
from domain.schedules import Schedule
from handlers import auditing
from handlers.ids import number
from handlers.seed.base import SeedHandler, both
from handlers.seed.resources import (
    ChangeVerbs,
    CreateVerb,
    DeleteVerb,
    ListVerb,
    Resource,
    ResourceHandler,
    ShowVerb,
)
from models.schedule_schemas import NEW_SCHEDULE, SCHEDULE, SIMULATION
from services.schedules import sees_token

NO_FIELDS = dict.fromkeys(FIELDS)
SHOWN_FIELDS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")  # in this order


class _Schedule(ResourceHandler):
    schema = SCHEDULE
    new_schema = NEW_SCHEDULE

    @property
    def resource(self) -> Resource:
        return self.app.schedules

    def shown(self, item: Schedule) -> dict[str, Any]:
        to, cron = self.links.to, item.cron_definition
        fields = NO_FIELDS if cron is None else fields_of(cron)
        return {
            "url": to("schedule", item.id),
            "id": item.id,
            **{name: fields[name] for name in SHOWN_FIELDS},
            "cron_definition": cron,
            "interval_definition": item.interval_definition,
            "frequency": item.frequency,
            "endpoint": item.endpoint,
            "payload": orjson.Fragment(item.payload),
            "auth_token": item.auth_token if sees_token(self.user, item) else None,
            "next_send_at": None if item.next_send_at is None else to_text(item.next_send_at),
            "enabled": item.enabled,
            "time_zone": item.time_zone,
            "on_gap": item.on_gap,
            "on_overlap": item.on_overlap,
            "misfire": item.misfire,
            "created_at": to_text(item.created_at),
            "created_by": to("user", item.created_by),
            "updated_at": to_text(item.updated_at),
            "updated_by": to("user", item.updated_by),
        }


class SchedulesHandler(ListVerb, CreateVerb, _Schedule):
    """All schedules, the newest first; making one."""

    audits = {"POST": "schedules.create"}


class ScheduleHandler(ShowVerb, ChangeVerbs, DeleteVerb, _Schedule):
    """One schedule."""

    audits = auditing.writes("schedules")


class SendHandler(SeedHandler):
    """Firing a schedule once, now."""

    creates = frozenset({"POST"})
    audits = {"POST": "schedules.send"}

    async def post(self, digits: str) -> None:
        schedule = await self.app.schedules.get(number(digits))
        send = self.app.schedules.firing.send
        await send(schedule, self.user, self.key(), self.fingerprint())
        self.reply({}, HTTPStatus.ACCEPTED)


class SimulateHandler(SeedHandler):
    """When something so defined would be due."""

    async def post(self) -> None:
        instants = await self.app.schedules.simulate(self.load(SIMULATION))
        self.reply({"count": len(instants), "results": instants})


ROUTES = [
    *both(r"/api/v1/schedule/", SchedulesHandler),
    *both(r"/api/v1/schedule/simulate/", SimulateHandler),
    *both(r"/api/v1/schedule/([0-9]+)/", ScheduleHandler),
    *both(r"/api/v1/schedule/([0-9]+)/send/", SendHandler),
]
