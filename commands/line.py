"""The command line: every verb, and what it takes."""

import argparse
from pathlib import Path

from commands import (
    alerts,
    check,
    groups,
    jobs,
    mail,
    moving,
    schedules,
    sending,
    stages,
    tail,
    tokens,
    users,
)
from commands.options import common_options
from commands.verbs import add_verb

MODULES = (
    check,
    moving,
    alerts,
    users,
    groups,
    tokens,
    jobs,
    schedules,
    mail,
    stages,
    sending,
    tail,
)


def parser() -> argparse.ArgumentParser:
    """Reads the words after ``server.py``; ``verb`` is None when there are none."""
    top = argparse.ArgumentParser(prog="server.py", parents=[common_options()])
    top.set_defaults(data=Path("data"), config=None, json=False)
    verbs = top.add_subparsers(dest="verb", metavar="VERB")
    run = add_verb(verbs, "run", None, "serve")
    run.add_argument("--port", type=_port, metavar="N", help="0 chooses a free one")
    run.add_argument(
        "--welcome", action="store_true", help="make first accounts on an empty data folder"
    )
    verbs.add_parser("work")  # what `run` starts its workers with
    for module in MODULES:
        module.add_parser(verbs)
    return top


def _port(text: str) -> int:
    if not text.isdecimal() or int(text[:6]) > 65_535:
        raise argparse.ArgumentTypeError(f"must be between 0 and 65535, not {text!r}")
    return int(text)
