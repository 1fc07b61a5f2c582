"""What a page shows of a schedule to come."""

from domain.instants import parse_iso
from domain.simulation import Instant, simulated
from domain.timing import Timing


def test_a_skipped_and_an_ordinary_day():
    start = parse_iso("2026-03-28T12:00Z")
    assert start is not None
    found = simulated(Timing(cron="30 2 * * *", time_zone="Europe/Berlin"), start, 2)
    assert found == [
        Instant(
            at="2026-03-29T01:30:00Z",
            local="2026-03-29T03:30:00+02:00",
            wanted="2026-03-29T02:30:00",
            reason="gap_shifted",
            explanation="This local time does not exist that day; "
            "it is due later by what was skipped.",
        ),
        Instant("2026-03-30T00:30:00Z", "2026-03-30T02:30:00+02:00", None, None, None),
    ]


def test_an_interval_has_a_local_time_too():
    found = simulated(Timing(every_us=1_500_000, time_zone="America/St_Johns"), 0, 1)
    assert found[0].local == "1969-12-31T20:30:01.500000-03:30"


def test_offsets_with_seconds():
    start = parse_iso("1900-01-01")
    assert start is not None
    found = simulated(Timing(cron="0 0 * * * 1970", time_zone="Africa/Monrovia"), start, 1)
    assert found[0].local == "1970-01-01T00:00:00-00:44:30"


def test_never_more_than_a_hundred():
    assert len(simulated(Timing(cron="* * * * *"), 0, 2000)) == 100
