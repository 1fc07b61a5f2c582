"""Other libraries that answer "when next", called as they are meant to be with a time zone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

from benchmarks.times.oracle import MARGIN, Clock

Moments = Callable[[str, datetime], Iterator[datetime]]


def _croniter(text: str, start: datetime) -> Iterator[datetime]:
    moments = croniter(text, start)
    while True:
        yield moments.get_next(datetime)


def _cronsim(text: str, start: datetime) -> Iterator[datetime]:
    yield from CronSim(text, start)


def _apscheduler(text: str, start: datetime) -> Iterator[datetime]:
    """Asked as its scheduler asks it: with the firing before, and that as the present."""
    trigger = CronTrigger.from_crontab(text, start.tzinfo)
    moment = trigger.get_next_fire_time(None, start + timedelta(microseconds=1))
    while moment is not None:
        yield moment
        moment = trigger.get_next_fire_time(moment, moment)


PEERS: dict[str, Moments] = {
    "croniter": _croniter,
    "cronsim": _cronsim,
    "APScheduler": _apscheduler,
}


def fired_by(moments: Moments, text: str, clock: Clock) -> list[int]:
    """The minutes in the middle of the clock's time, each as often as the peer gave it.

    A peer that stands still or goes back is stopped after a firing a minute.
    """
    low, high = clock.first + MARGIN, clock.end - MARGIN
    found: list[int] = []
    start = datetime.fromtimestamp(low * 60 - 1, ZoneInfo(clock.zone))
    for moment in moments(text, start):
        minute = int(moment.timestamp()) // 60
        if minute >= high or len(found) > high - low:
            break
        found.append(minute)
    return found
