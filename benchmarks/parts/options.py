"""The command line that the scripts share: their options, and how they end."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.parts.programs import RunError

FAILED, INTERRUPTED = 1, 130


def parser(description: str, rounds: int) -> argparse.ArgumentParser:
    """A parser with the stores, the number of rounds and profiling."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--mongodb", metavar="URI", help="a server to use; default: embedded")
    made.add_argument("--redis", metavar="URI", help="a server to use; default: embedded")
    made.add_argument("--rounds", type=int, default=rounds, metavar="N", help=f"default: {rounds}")
    made.add_argument(
        "--profile", type=Path, metavar="FILE", help="run the server under cProfile (slower)"
    )
    return made


def numbers(text: str) -> list[int]:
    """Whole numbers above zero, separated by commas."""
    found = [int(one) for one in text.split(",")]
    if min(found) < 1:
        raise ValueError(text)
    return found


def uris(arguments: argparse.Namespace) -> dict[str, str | None]:
    """The stores that were given."""
    return {"mongodb": arguments.mongodb, "redis": arguments.redis}


def carry_out(run: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser) -> int:
    """Run with the options given; the exit status. SIGTERM cleans up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        run(parser.parse_args())
    except (RunError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
