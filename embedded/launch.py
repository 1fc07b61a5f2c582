"""The program that becomes an embedded server, after tying its life to its parent's.

Run as `launch.py PARENT PROGRAM ARGUMENT…` in a process of its own: doing the same between fork
and exec is not safe in a parent with threads, and Python 3.12 warns about it.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel end this process when the thread that started it ends; Linux only.

    SIGKILL, since SIGTERM can be missed and both servers lose nothing by it: one has every
    acknowledged write on the disk, the other keeps nothing anyway.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Become the program, unless the parent is gone already or the program cannot be run."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    end_with_parent()
    if os.getppid() == parent:
        try:
            os.execv(program[0], program)
        except OSError as error:
            sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
