"""What a server process uses, as the host sees it: nothing is asked of the server itself."""

from dataclasses import dataclass
from pathlib import Path

from tests.journeys.processes import Server


@dataclass(frozen=True)
class Usage:
    """One look at a process."""

    memory_bytes: int
    files: int
    threads: int


def usage(server: Server) -> Usage:
    assert server.process is not None
    return usage_of(server.process.pid)


def usage_of(pid: int) -> Usage:
    folder = Path("/proc") / str(pid)
    lines = (folder / "status").read_text().splitlines()
    said = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    files = len(list((folder / "fd").iterdir()))
    return Usage(int(said["VmRSS"][0]) * 1024, files, int(said["Threads"][0]))


def memory_bytes(server: Server) -> int:
    return usage(server).memory_bytes
