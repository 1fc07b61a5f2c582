"""The README names every verb of the command line, and pages only those that there are."""

import argparse
import re

import pytest

from commands.line import parser
from tests.docs.pages import PAGES, README, ROOT, coded

HIDDEN = {"work"}  # what `run` starts its workers with
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def actions(one: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The verbs of the program, or the actions of a verb."""
    for part in one._actions:
        if isinstance(part, argparse._SubParsersAction):
            return dict(part.choices)
    return {}


def options(one: argparse.ArgumentParser) -> set[str]:
    """Its options and those of what stands below it."""
    own = {text for part in one._actions for text in part.option_strings}
    return own.union(*map(options, actions(one).values()))


VERBS = actions(parser())


def listed() -> dict[str, str]:
    """What the README says after each verb."""
    found: dict[str, str] = {}
    (block,) = re.findall(r"^## The command line\n\n(.*?)\n\n", README, re.M | re.S)
    for line in re.findall(r"python server\.py (.*)", block):
        for part in re.split(r" \| (?=export|import)", line) if "export" in line[:6] else [line]:
            verb, _, rest = part.partition(" ")
            found[verb] = f"{found.get(verb, '')} | {rest}"
    return found


def test_the_readme_names_every_verb() -> None:
    assert set(listed()) == set(VERBS) - HIDDEN


@pytest.mark.parametrize("verb", sorted(set(VERBS) - HIDDEN))
def test_the_readme_names_every_action_and_only_options_that_there_are(verb: str) -> None:
    said = listed()[verb]
    assert set(re.findall(r"--[a-z-]+", said)) <= options(VERBS[verb])
    ways = re.sub(r"\([^)]*\)|\[[^]]*\]", "", said)  # choices of one action
    begins = {part.split()[0] for part in ways.split(" | ") if part.strip()}
    wanted = set(actions(VERBS[verb]))
    assert not wanted or begins == wanted


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_has_run_is_there(page: str) -> None:
    for code in coded(PAGES[page]):
        for verb, action in re.findall(r"server\.py ([a-z]+)(?: ([a-z-]+))?", code):
            assert verb in VERBS, code
            known = actions(VERBS[verb])
            assert not known or not action or action in known, code
    for target in re.findall(r"`make ([a-z-]+)|^ {4}make ([a-z-]+)", PAGES[page], re.MULTILINE):
        assert "".join(target) in TARGETS
