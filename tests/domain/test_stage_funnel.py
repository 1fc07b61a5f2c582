"""Each subscription of a set stands at one step, is through, or was stopped."""

from domain.stage_funnel import Standing, Step, funnel


def test_each_counts_once_where_it_stands() -> None:
    standings = [
        Standing(3, active=True, completed=False, process_status=0, count=4),
        Standing(1, active=True, completed=False, process_status=0, count=2),
        Standing(3, active=True, completed=False, process_status=-1, count=1),
        Standing(3, active=True, completed=False, process_status=1, count=2),
        Standing(9, active=True, completed=True, process_status=2, count=5),
        Standing(9, active=False, completed=True, process_status=2, count=6),
        Standing(2, active=False, completed=False, process_status=0, count=7),
    ]
    found = funnel(standings)
    assert found.steps == [Step(1, 2, 0), Step(3, 7, 3)]
    assert (found.completed, found.stopped) == (11, 7)
    told = sum(one.subscriptions for one in found.steps) + found.completed + found.stopped
    assert told == sum(one.count for one in standings)
    nobody = funnel([])
    assert (nobody.steps, nobody.completed, nobody.stopped) == ([], 0, 0)
