"""The options that every verb of the command line takes."""

import argparse
from pathlib import Path


def common_options() -> argparse.ArgumentParser:
    """A parent parser with ``--data``, ``--config`` and ``--json``.

    What is not given is not set, so the top parser's defaults hold and either place is good.
    """
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    options.add_argument("--config", type=Path, metavar="FILE", help="settings over the defaults")
    options.add_argument("--json", action="store_true", help="print JSON")
    return options
