"""docs/capacity.md says what its arithmetic gives, and that starts from what was measured."""

import re
from pathlib import Path

import pytest

from benchmarks.capacity import MEASURED, Measured, figures

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs/capacity.md").read_text().split())
README = (ROOT / "benchmarks/README.md").read_text()
OFF = 1.6  # a later run may print so much more, or less, before the page has to be worked out anew


@pytest.mark.parametrize(("what", "figure"), list(figures()))
def test_the_page_says_what_is_worked_out(what: str, figure: str) -> None:
    assert figure in PAGE, f"{what}: python -m benchmarks.capacity"


@pytest.mark.parametrize("one", MEASURED, ids=lambda one: f"{one.section}: {one.column}")
def test_what_is_taken_as_measured_was_printed(one: Measured) -> None:
    assert 1 / OFF < printed(one) / one.value < OFF


def printed(one: Measured) -> float:
    """The cell's median."""
    section = README.partition(f"### {one.section}\n")[2].partition("\n### ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines()]
    head = next(row for row in rows if one.column in row)
    cells = next(row for row in rows[rows.index(head) :] if row and row[0] == one.row)
    found = re.match(r"[\d,.]+", cells[head.index(one.column)])
    assert found is not None, cells
    return float(found[0].replace(",", ""))
