"""Links between pages lead somewhere, and ARCHITECTURE.md names rooms and files that there are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, coded, table

LOG = (ROOT / "CHANGELOG.md").read_text()
ARCHITECTURE = PAGES["ARCHITECTURE.md"]
KINDS = ("*.py", "*.md", "*.html", "*.cfg", "*/*.html", "*/README.md")  # of what is kept in folders


def anchors(text: str) -> set[str]:
    """Of its headings, as forges make them."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_its_links_lead_somewhere(page: str) -> None:
    text = PAGES.get(page, LOG)
    for link, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        target = ROOT / Path(page).parent / link if link else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), f"{link}#{anchor}"


def files() -> Iterator[str]:
    """What the first column of the table names; a bare name lies where the one before it does."""
    for cell, *_ in table(ARCHITECTURE, "| where | what |"):
        folder = ""
        for name in re.findall(r"`([\w./<>]+)`", cell):
            folder = str(Path(name).parent) if "/" in name else folder
            yield name if "/" in name else f"{folder}/{name}"


def test_the_architecture_names_files_that_there_are() -> None:
    named = [name.replace("<area>", "inbox") for name in files()]
    named += [f"{ROOT}/{name}" for name in re.findall(r"`(services/\w+\.py)`", ARCHITECTURE)]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_architecture_names_every_folder() -> None:
    kept = {path.relative_to(ROOT).parts[0] for kind in KINDS for path in ROOT.glob(f"*/{kind}")}
    rooms = sorted(one for one in kept if not one.startswith("."))
    assert len(rooms) > 12
    assert [room for room in rooms if f"{room}/" not in ARCHITECTURE] == []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    for code in coded(PAGES[page]):
        for name in re.findall(r"(?<![\w./<>~*-])(?:\w+/)+\w+\.(?:py|js|md|json|cfg)\b", code):
            at = [ROOT, ROOT / Path(page).parent]
            assert name.startswith("data/") or any((one / name).exists() for one in at), name
