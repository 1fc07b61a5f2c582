"""A Carillon that dies at a given step of a change: SIGKILL before or after the N-th call of it.

The production code has no hooks: the classes that it is made of are wrapped here, then
``server.main`` runs as ever. Run without arguments it reads orders, one JSON line each
(``{"argv", "environ", "log"}``), and forks a process for each, so that its imports are paid once;
it answers ``{"pid"}`` at once and ``{"pid", "status"}`` when that one ended.

``CHAOS_STEP`` is ``Class.method``, ``CHAOS_WHEN`` ``before`` or ``after``, ``CHAOS_CALL`` N.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import server
from models.deliveries import Deliveries
from models.memberships import Memberships
from models.messages import Messages
from models.notices import Notices, Receipts
from models.records import Records
from models.sessions import Sessions
from models.stage_walks import Walks
from models.tokens import Tokens
from models.users import Users
from push.redis_broker import RedisBroker
from services.changes import Changes
from services.finishing import Finisher

CLASSES = (
    *(Changes, Deliveries, Memberships, Messages, Notices, Receipts, Records, RedisBroker),
    *(Sessions, Tokens, Users, Walks),
)
BY_NAME = {one.__name__: one for one in CLASSES}


def die() -> None:
    """As a crash: nothing is flushed, nobody is told."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str, when: str, call: int) -> None:
    """Let the ``call``-th call of ``step`` end this process, before or after it.

    Calls with an envelope that tells of no record (a heartbeat) do not count.
    """
    name, _, method = step.partition(".")
    owner = BY_NAME[name]
    real, calls = getattr(owner, method), 0

    def is_due(args: tuple[Any, ...]) -> bool:
        nonlocal calls
        calls += not any(isinstance(one, bytes) and b'"record":' not in one for one in args)
        return calls == call

    setattr(owner, method, _dying(real, when, is_due))
    Finisher.finish_left = _nothing  # type: ignore[assignment] # others' are not what it dies of


async def _nothing(*_: object) -> list[object]:
    return []


def _dying(
    real: Callable[..., Any], when: str, is_due: Callable[[tuple[Any, ...]], bool]
) -> Callable[..., Any]:
    """``real``, with death before it or, when what it began is done, after it."""

    def plain(*args: Any, **kwargs: Any) -> Any:
        due = is_due(args)
        if due and when == "before":
            die()
        done = real(*args, **kwargs)
        if due and isinstance(done, asyncio.Future):
            done.add_done_callback(lambda _: die())
        elif due:
            die()
        return done

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        due = is_due(args)
        if due and when == "before":
            die()
        done = await real(*args, **kwargs)
        if due:
            die()
        return done

    return awaited if asyncio.iscoroutinefunction(real) else plain


# Orders


class Nursery:
    """Forks processes and tells when they end; those that still run at the end are ended."""

    def __init__(self) -> None:
        self._running: set[int] = set()

    def serve(self) -> None:
        """Carry out orders until there are no more."""
        signal.signal(signal.SIGCHLD, self._reap)
        for line in iter(sys.stdin.readline, ""):
            self._begin(json.loads(line))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _begin(self, order: dict[str, Any]) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            _be(order)
        self._running.add(pid)
        _say({"pid": pid})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])

    def _reap(self, *_: object) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._running.discard(pid)
            _say({"pid": pid, "status": os.waitstatus_to_exitcode(status)})


def _be(order: dict[str, Any]) -> None:
    """What the order says, in this new process; never returns."""
    status = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        _take_streams(order["log"])
        os.environ.update(order["environ"])
        fault = [os.environ.pop(f"CHAOS_{name}") for name in ("STEP", "WHEN", "CALL")]
        arm(fault[0], fault[1], int(fault[2]))
        status = server.main(order["argv"])
    except BaseException:  # noqa: BLE001 - whatever it is, it goes to the log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _take_streams(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for old, new in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(old, new)


def _say(line: dict[str, int]) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    Nursery().serve()
