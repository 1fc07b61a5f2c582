from hypothesis import given
from hypothesis import strategies as st

from domain import agenda
from domain.agenda import MOST_OF_A_KIND, SHORT, Agenda
from domain.jobs import Due


def _much(_: str) -> int:
    return 1_000


def _filled(*jobs: tuple[int, str, str]) -> Agenda:
    made = Agenda()
    made.add(Due(*job) for job in jobs)
    return made


def test_due_jobs_are_taken_the_longest_due_first() -> None:
    filled = _filled((3, "k", "c"), (1, "k", "a"), (9, "k", "later"), (2, "k", "b"))
    assert filled.next_at(_much) == 1
    assert filled.take(3, 2, _much) == ["a", "b"]
    assert filled.take(3, 9, _much) == ["c"]
    assert filled.take(8, 9, _much) == []
    assert filled.next_at(_much) == 9
    assert filled.take(9, 9, _much) == ["later"]
    assert filled.next_at(_much) is None
    assert len(filled) == 0


def test_kinds_take_turns_and_remember_whose_turn_it_is() -> None:
    flood = [(n, "flood", f"f{n}") for n in range(9)]
    filled = _filled(*flood, (50, "a", "a1"), (60, "b", "b1"))
    assert filled.take(99, 3, _much) == ["f0", "a1", "b1"]
    filled.add([Due(70, "a", "a2")])
    assert filled.take(99, 1, _much) == ["f1"]
    assert filled.take(99, 1, _much) == ["a2"]
    assert filled.take(99, 3, _much) == ["f2", "f3", "f4"]


def test_a_kind_without_room_is_passed_over() -> None:
    filled = _filled((1, "full", "x"), (2, "free", "y"), (3, "free", "z"))

    def room(kind: str) -> int:
        return 0 if kind == "full" else 1

    assert filled.next_at(room) == 2
    assert filled.take(9, 9, room) == ["y"]
    assert filled.take(9, 9, _much) == ["x", "z"]


def test_a_job_that_is_known_is_known_once_at_the_time_said_last() -> None:
    filled = _filled((5, "k", "a"), (5, "k", "a"), (7, "k", "a"))
    assert filled.take(6, 9, _much) == []
    assert filled.take(7, 9, _much) == ["a"]
    filled.add([Due(9, "k", "b"), Due(2, "k", "b")])
    assert filled.take(9, 9, _much) == ["b"]
    assert filled.take(99, 9, _much) == []
    assert len(filled) == 0


def test_it_keeps_a_bounded_number_of_each_kind() -> None:
    filled = Agenda()
    assert filled.is_short_of("k")
    filled.add(Due(n, "k", f"k{n}") for n in range(MOST_OF_A_KIND + 5))
    assert len(filled) == MOST_OF_A_KIND
    assert not filled.is_short_of("k")
    filled.add([Due(1, "other", "o")])
    assert len(filled) == MOST_OF_A_KIND + 1
    filled.take(MOST_OF_A_KIND, MOST_OF_A_KIND - SHORT + 2, lambda kind: MOST_OF_A_KIND)
    assert filled.is_short_of("k")


jobs = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from("abc"), st.integers(0, 30)), max_size=40
)


@given(jobs, st.integers(0, 20), st.integers(1, 9))
def test_every_due_job_is_taken_once_and_no_other(
    added: list[tuple[int, str, int]], now: int, batch: int
) -> None:
    filled, truth = agenda.Agenda(), {}
    for due_at, kind, n in added:
        filled.add([Due(due_at, kind, f"{kind}{n}")])
        truth[f"{kind}{n}"] = due_at
    taken: list[str] = []
    while some := filled.take(now, batch, _much):
        assert len(some) <= batch
        taken += some
    assert sorted(taken) == sorted(key for key, due_at in truth.items() if due_at <= now)
    assert filled.next_at(_much) == min((at for at in truth.values() if at > now), default=None)
