"""Ends what a killed server left running on the same data."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

LIMIT_S = 5.0


async def end_orphan(pid_file: Path, mark: Path) -> None:
    """End the process that `pid_file` names if one of its arguments begins with `mark`.

    By force, as neither server loses anything by it. Another program that got the same number
    since is left alone. Returns once it has let go of its files and ports, or after five seconds:
    then the start that follows says what is in its way. Linux only: elsewhere nothing is done.
    """
    pid = _read_pid(pid_file)
    if pid is None or sys.platform != "linux":
        return
    try:
        handle = os.pidfd_open(pid)
    except (OSError, OverflowError):
        return
    try:
        # Looked at after it was opened, so that it cannot be another process by now.
        if _is_ours(pid, mark):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            await _ended(handle)
    finally:
        os.close(handle)


async def _ended(handle: int) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await ended.wait()
    finally:
        loop.remove_reader(handle)


def _is_ours(pid: int, mark: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(argument.startswith(os.fsencode(mark)) for argument in arguments)


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
