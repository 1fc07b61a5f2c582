"""What processes use, read from /proc (Linux)."""

import os
from contextlib import suppress

KIB = 1024


def cpu_s(pid: int) -> float:
    """CPU seconds of a process's live threads, to the nanosecond (stat knows only 10 ms)."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with suppress(OSError), open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory_bytes(pid: int) -> int:
    """The memory of a process, where pages shared with others count in part (PSS)."""
    with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * KIB
    raise ValueError(f"no PSS for process {pid}")
