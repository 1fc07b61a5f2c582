"""The servers that Carillon is compared with: how each is started, reached and told."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from socket import create_connection, socket
from tempfile import TemporaryDirectory

from benchmarks.parts.programs import ROOT, Cpus, Program, RunError, pin

PEERS = ROOT / "benchmarks" / "peers"
OWN_PYTHON = PEERS / ".venv" / "bin" / "python"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
START_LIMIT_S = 20.0

Words = Callable[[int, Path], list[str]]


@dataclass(frozen=True)
class Peer:
    """A server to compare with: the words that start it on a port, and how a client talks to it.

    ``version`` says what it is, or None where it is not installed. Notices go to its port, or to
    so many ports on. ``greeting``, ``path`` and ``replies`` are those of `wire.Ear`.
    """

    name: str
    words: Words
    version: Callable[[], str | None]
    notices_at: int = 0
    greeting: bytes = b""
    path: str = "/live"
    replies: Mapping[bytes, bytes] = field(default_factory=dict)

    @contextmanager
    def running(self, cpus: Cpus, redis: str) -> Iterator[tuple[Program, int]]:
        """The started peer, pinned as the server is, and its port."""
        with TemporaryDirectory(prefix="carillon-bench-") as name:
            port = _free_port()
            words = self.words(port, Path(name))
            program = Program("peer", words, Path(name), {"REDIS_URL": redis})
            try:
                _reached(program, port + self.notices_at)
                pin(program.pid, cpus.server)
                yield program, port
            finally:
                program.stop()


def _free_port() -> int:
    """A port that is free, with the next one."""
    while True:
        with socket() as one, socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _reached(program: Program, port: int) -> None:
    """Return once it takes connections."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)  # noqa: TID251 - a run of its own
        else:
            return
    raise RunError(f"{program.name} did not start:\n{program.log.read_text(encoding='utf-8')}")


def python_words(module: str) -> Words:
    return lambda port, _: [sys.executable, "-m", f"benchmarks.peers.{module}", str(port)]


def _channels(port: int, _: Path) -> list[str]:
    application = "benchmarks.peers.channels_peer.asgi:application"
    how = [
        "--no-access-log",
        "--log-level",
        "warning",
        "--lifespan",
        "off",
        "--backlog",
        "1024",
        "--timeout-keep-alive",
        "600",
    ]
    return [_own_python(), "-m", "uvicorn", application, "--port", str(port), *how]


def _socketio(port: int, _: Path) -> list[str]:
    return [which("node") or "node", str(PEERS / "socketio" / "server.js"), str(port)]


def _nchan(port: int, folder: Path) -> list[str]:
    text = (PEERS / "nchan.conf").read_text(encoding="utf-8")
    conf = folder / "nchan.conf"
    conf.write_text(text.replace("@port@", str(port)).replace("@folder@", str(folder)), "utf-8")
    nginx = which("nginx") or "/usr/sbin/nginx"
    return [nginx, "-e", str(folder / "start.log"), "-p", str(folder), "-c", str(conf)]


def _own_python() -> str:
    return str(OWN_PYTHON) if OWN_PYTHON.exists() else sys.executable


def _answer(*words: str) -> str | None:
    """What a program prints, or None when it is not there or fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return (done.stdout or done.stderr).strip()


def package_version(name: str, *others: str) -> Callable[[], str | None]:
    code = (
        f"import {', '.join((name, *others))}; from importlib.metadata import version;"
        f"print('{name}', version('{name}'))"
    )
    return lambda: _answer(_own_python() if others else sys.executable, "-c", code)


def socketio_version() -> str | None:
    code = "console.log('socket.io', require('socket.io/package.json').version, process.version)"
    return _answer("node", "-e", f"process.chdir('{PEERS / 'socketio'}'); {code}") or _answer(
        "node", "-e", f"module.paths.unshift('{PEERS / 'socketio' / 'node_modules'}'); {code}"
    )


def _nchan_version() -> str | None:
    said = _answer(which("nginx") or "/usr/sbin/nginx", "-v") if NCHAN_MODULE.exists() else None
    return said and f"nchan in {said.rpartition(': ')[2]}"


ALL = {
    one.name: one
    for one in (
        Peer("stock tornado", python_words("stock_tornado"), package_version("tornado")),
        Peer(
            "bare asyncio",
            python_words("bare_asyncio"),
            lambda: f"python {sys.version.split()[0]}",
        ),
        Peer(
            "websockets",
            python_words("websockets_peer"),
            package_version("websockets"),
            notices_at=1,
        ),
        Peer("nchan", _nchan, _nchan_version),
        Peer(
            "socket.io",
            _socketio,
            socketio_version,
            greeting=b"40",
            path="/socket.io/?EIO=4&transport=websocket",
            replies={b"0{": b"40", b"2": b"3"},
        ),
        Peer(
            "channels",
            _channels,
            package_version("channels", "channels_redis", "uvicorn", "django"),
        ),
    )
}
