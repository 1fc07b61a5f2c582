"""The pages that outsiders read, and what stands on them in code."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
# What changed once may name what is no more.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("clients/*/README.md"),
        ROOT / "benchmarks" / "README.md",
    )
    if path.name != "CHANGELOG.md"
}


def coded(text: str) -> Iterator[str]:
    """What stands between backticks on one line, and each line of an indented or fenced block."""
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the table under this head, each as its cells."""
    _, _, rest = text.partition(f"{head}\n")
    assert rest, f"no table with the head {head}"
    rows, _, _ = rest.partition("\n\n")
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows.split("\n")[1:]]
