"""What an edit makes of a schedule, and what taking a firing does."""

from typing import Any

import pytest

from domain.clock import DAY, HOUR, MINUTE, SECOND
from domain.errors import Invalid
from domain.instants import parse_iso, to_text
from domain.schedules import Fired, Schedule, edited, taken

NOW = parse_iso("2027-01-15T08:00:00Z") or 0
BLANK = Schedule(id=1, created_at=NOW, anchor=NOW)


def made(**given: Any) -> Schedule:
    return edited(BLANK, given, NOW)


def due(schedule: Schedule) -> str | None:
    return None if schedule.next_send_at is None else to_text(schedule.next_send_at)[5:16]


@pytest.mark.parametrize(
    ("first", "then", "due_at"),
    [
        ({}, {}, None),
        ({}, {"minute": "30"}, "01-15T08:30"),
        ({"cron_definition": "0 9 * * *"}, {"hour": "10"}, "01-15T10:00"),
        ({"cron_definition": "@daily"}, {"minute": "5"}, "01-16T00:05"),
        ({"cron_definition": "15 0 9 * * * *"}, {"hour": "10"}, "01-15T10:00"),
        ({"cron_definition": "0 9 * * *"}, {"cron_definition": None}, None),
        ({"cron_definition": "0 9 * * *"}, {"enabled": False}, None),
        ({"cron_definition": "0 9 * * *"}, {"frequency": 0}, None),
        ({"cron_definition": "0 9 * * *"}, {"frequency": 1}, "01-15T09:00"),
        ({"interval_definition": "10 minutes"}, {"interval_definition": "1 hours"}, "01-15T09:00"),
        ({"interval_definition": "10 minutes", "cron_definition": "5 * * * *"}, {}, "01-15T08:05"),
        ({"next_send_at": NOW + HOUR}, {"enabled": False}, None),
        ({"next_send_at": NOW + HOUR}, {"next_send_at": None}, None),
        ({"next_send_at": NOW - HOUR}, {}, "01-15T07:00"),
        ({"next_send_at": NOW - HOUR}, {"next_send_at": NOW - 2 * HOUR}, "01-15T06:00"),
        ({"next_send_at": NOW - HOUR, "interval_definition": "7 minutes"}, {}, "01-15T08:03"),
    ],
)
def test_when_it_is_due_after_an_edit(
    first: dict[str, Any], then: dict[str, Any], due_at: str | None
) -> None:
    assert due(edited(made(**first), then, NOW)) == due_at


def test_what_does_not_concern_when_leaves_when() -> None:
    old = made(cron_definition="0 9 * * *")
    new = edited(old, {"payload": "[]", "endpoint": "http://x/"}, NOW + 5 * HOUR)
    assert new.next_send_at == old.next_send_at


def test_a_past_instant_fires_at_once_only_when_it_is_new() -> None:
    once = made(next_send_at=NOW - HOUR)
    done = taken(Schedule(**{**_fields(once), "arm": "a"}), NOW, "b")
    assert (done.next_send_at, done.arm, len(done.open)) == (None, None, 1)
    for echo in ({"next_send_at": NOW - HOUR}, {"next_send_at": None}, {"enabled": True}):
        assert edited(done, echo, NOW).next_send_at is None
    off = edited(done, {"enabled": False}, NOW)
    assert edited(off, {"enabled": True}, NOW).next_send_at is None


def _fields(schedule: Schedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in schedule.__slots__}


@pytest.mark.parametrize(
    ("misfire", "late_us", "fires", "next_in"),
    [
        ("run_once", 0, 0, HOUR),
        ("run_once", MINUTE, 0, HOUR),
        ("run_once", 150 * MINUTE, 2 * HOUR, 3 * HOUR),
        ("run_once 20 minutes", 150 * MINUTE, None, 3 * HOUR),
        ("run_once 40 minutes", 150 * MINUTE, 2 * HOUR, 3 * HOUR),
        ("skip", 30 * SECOND, 0, HOUR),
        ("skip", 150 * MINUTE, None, 3 * HOUR),
        ("run_all", 150 * MINUTE, 0, HOUR),
        ("run_all 100 minutes", 150 * MINUTE, HOUR, 2 * HOUR),
        ("run_all", 3 * DAY, 2 * DAY, 2 * DAY + HOUR),
    ],
)
def test_taking_what_is_late(misfire: str, late_us: int, fires: int | None, next_in: int) -> None:
    given = {"cron_definition": "0 * * * *", "misfire": misfire, "endpoint": "http://x/"}
    old = Schedule(**{**_fields(made(**given)), "arm": "a"})
    assert old.next_send_at is not None
    new = taken(old, old.next_send_at + late_us, "b")
    assert new.next_send_at == old.next_send_at + next_in
    assert new.arm == "b"
    due_at = [one.due_at - old.next_send_at for one in new.open]
    assert due_at == ([] if fires is None else [fires])
    assert new.fired == len(due_at)


def test_the_last_of_a_frequency_disables_it() -> None:
    given = {"interval_definition": "5 minutes", "frequency": 2, "payload": "[]"}
    one = Schedule(**{**_fields(made(**given)), "arm": "a"})
    two = taken(one, NOW + 5 * MINUTE, "b")
    assert (two.enabled, due(two), two.fired) == (True, "01-15T08:10", 1)
    three = taken(two, NOW + 10 * MINUTE, "c")
    assert (three.enabled, due(three), three.fired, three.arm) == (False, None, 2, None)
    assert [fired.id for fired in three.open] == ["a", "b"]
    assert Fired.from_body(three.open[0].to_body()) == three.open[0]
    assert three.open[0].call() is None, "a schedule without endpoint calls nobody"


def test_a_far_end_is_no_error() -> None:
    far = parse_iso("9997-12-31T00:00:00Z") or 0
    old = Schedule(
        **{**_fields(made(interval_definition="36500 days", next_send_at=far)), "arm": "a"}
    )
    assert old.next_send_at == far
    assert taken(old, far, "b").next_send_at is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"minute": "1", "cron_definition": "2 * * * *"}, "non_field_errors"),
        ({"day_of_month": "31", "month_of_year": "feb"}, "day_of_month"),
        ({"month_of_year": "2"}, "month_of_year"),
    ],
)
def test_what_contradicts_itself(given: dict[str, Any], field: str) -> None:
    old = made(cron_definition="0 0 31 * *")
    with pytest.raises(Invalid) as error:
        edited(old, given, NOW)
    assert list(error.value.problems) == [field]
