"""docs/capacity.md says what its arithmetic gives, and that starts from what was measured."""

import re
from pathlib import Path

import pytest

from benchmarks.capacity import MEASURED, Measured, figures, per_connection

ROOT = Path(__file__).parents[2]
README = (ROOT / "benchmarks/README.md").read_text()


def page(name: str) -> str:
    """Its words, without line ends."""
    return " ".join((ROOT / "docs" / name).read_text().split())


@pytest.mark.parametrize(("what", "figure"), list(figures()))
def test_the_page_says_what_is_worked_out(what: str, figure: str) -> None:
    assert figure in page("capacity.md"), f"{what}: python -m benchmarks.capacity"


def test_the_page_on_several_machines_counts_with_the_same() -> None:
    assert f"A connection costs {per_connection()} in its process" in page("machines.md")


@pytest.mark.parametrize("one", MEASURED, ids=lambda one: f"{one.section}: {one.column}")
def test_what_is_taken_as_measured_was_printed(one: Measured) -> None:
    assert 1 / one.off < printed(one) / one.value < one.off


def printed(one: Measured) -> float:
    """The cell's median."""
    section = README.partition(f"### {one.section}\n")[2].partition("\n### ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines()]
    head = next(row for row in rows if one.column in row)
    cells = next(row for row in rows[rows.index(head) :] if row and row[0] == one.row)
    found = re.match(r"[\d,.]+", cells[head.index(one.column)])
    assert found is not None, cells
    return float(found[0].replace(",", ""))
