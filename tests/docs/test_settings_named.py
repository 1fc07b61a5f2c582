"""Every setting is in the README with its default; every setting that a page names is one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.docs.pages import PAGES, README, ROOT, coded, table

TREE: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20}
# Rights, and kinds of jobs and records, which begin as settings do.
OTHERS = {
    *("stages.behind.view", "stages.behind.find", "accounts.empty_group", "live.dismiss"),
    *("inbox.held", "inbox.retire", "schedules.fire"),
    *("mail.transactional", "mail.immediate_high", "mail.immediate", "mail.digest"),
}
FILES = r".*\.(py|md|js|yaml|uri|css|conf)"


def leaves(tree: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{at}{key}.") if isinstance(value, dict) else {at + key: value}
    return found


DEFAULTS = leaves(TREE)


def is_setting(name: str) -> bool:
    return name in DEFAULTS or any(one.startswith(f"{name}.") for one in DEFAULTS)


def listed(cell: str) -> list[str]:
    """The settings of a row: ``a.b``, and ``.c`` for ``a.c``; ``a.b.*`` is all below."""
    names: list[str] = []
    for name in re.findall(r"`([\w.*]+)`", cell):
        whole = names[-1].rpartition(".")[0] + name if name.startswith(".") else name
        names.append(whole.removesuffix(".*"))
    return names


ROWS = [
    (listed(names), default)
    for names, default, *_ in table(README, "| setting | default | what it does |")
]


def test_every_setting_is_in_the_readme() -> None:
    named = [name for names, _ in ROWS for name in names]
    assert [name for name in named if not is_setting(name)] == []
    alike = [name.replace("inbox.notices.", "inbox.messages.") for name in DEFAULTS]
    missing = [one for one in alike if not any(f"{one}.".startswith(f"{n}.") for n in named)]
    assert missing == []


def values(cell: str) -> list[object]:
    """What a cell of defaults says."""
    plain = cell.replace("`", "").replace("–", "null")
    for unit, factor in UNITS.items():
        plain = re.sub(rf"(\d+) {unit}", lambda one: str(int(one[1]) * factor), plain)  # noqa: B023
    said: list[object] = yaml.safe_load(f"[{plain}]")
    return said


@pytest.mark.parametrize(("names", "cell"), ROWS)
def test_a_default_is_that_of_the_file(names: list[str], cell: str) -> None:
    if re.search("see file|as above|loopback|signed_in", cell):
        return
    known, said = [DEFAULTS[name] for name in names], values(cell)
    is_list = len(known) == 1 and isinstance(known[0], list) and not isinstance(said[0], list)
    assert (said * len(known) if len(said) == 1 else [said] if is_list else said) == known


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("clients")])
def test_what_a_page_calls_a_setting_is_one(page: str) -> None:
    areas = "|".join(TREE)
    for text in coded(PAGES[page]):
        for name in re.findall(rf"(?<![\w./-])(?:{areas})(?:\.[a-z_]+)+(?![\w/])", text):
            is_else = name in OTHERS or re.fullmatch(FILES, name)
            assert is_else or is_setting(name), name


def environment() -> Iterator[tuple[str, str]]:
    for path in (*ROOT.glob("deploy/**/*"), *(ROOT / page for page in PAGES)):
        if path.is_file() and path.suffix != ".cfg":  # HAProxy's own names
            for name in re.findall(r"CARILLON_[A-Z_]+[A-Z]", path.read_text()):
                yield str(path.relative_to(ROOT)), name


def test_what_is_set_in_the_environment_is_a_setting() -> None:
    known = {f"CARILLON_{name.replace('.', '_').upper()}" for name in DEFAULTS} | {"CARILLON_X"}
    assert [one for one in environment() if one[1].removesuffix("_FILE") not in known] == []
