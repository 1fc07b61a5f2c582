"""Carillon's entry: settings, build, serve, drain; other verbs go to ``commands/``."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from carillon import Carillon as Carillon
from carillon import wall_us as wall_us
from commands import moving
from commands.check import check
from commands.completing import completed
from commands.crew import Crew, Spawn
from commands.leaving import Stop, end_cleanly, exit_within, unless
from commands.line import parser
from commands.logs import log_as, log_by
from commands.noted import noted
from commands.supervising import tell_ready
from commands.verbs import carry_out
from commands.welcome import Greeting
from commands.working import Assignment, NotAWorker, Orders, inherited, receive, report_ready
from domain.errors import Unavailable
from embedded.folder import DataFolder, FolderError
from embedded.process import StartError
from embedded.sharing import hold, shared
from embedded.stores import Stores
from handlers.serving import Front, address, listen, raise_file_limit, spare_the_collector
from models.database import Administration
from services.app import App
from settings import SettingError, Settings, load

EXIT_LIMIT_S = 2.0  # for threads of the driver that wait for a database
DONE, REFUSED, WRONG_USE = 0, 1, 2
SERVING = ("run", "work")

Prepare = Callable[[App], Awaitable[None]]


class Serving(Protocol):
    """What answers the callers: this process, or the workers that it started."""

    async def drain(self) -> None:
        """Leave in peace; when this is cancelled, at once."""


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """The verb ``run``: everything, until it is told to stop; 1 when it could not go on."""
    stop = Stop()
    async with AsyncExitStack() as undo:
        await _until_told(stop, start(arguments, settings, stop, undo))
    stop.hear_no_more()
    return DONE if stop.failure is None else _complain(stop.failure)


async def work(assignment: Assignment) -> int:
    """The verb ``work``, which ``run`` gives to its workers: serve on what was inherited."""
    stop = Orders()
    async with AsyncExitStack() as undo:
        await _until_told(stop, start_working(assignment, undo))
    stop.hear_no_more()
    return DONE


async def _until_told(stop: Stop, starting: Coroutine[Any, Any, Serving]) -> None:
    serving = await unless(stop.told, starting)
    if serving is not None:
        await stop.told.wait()
        await unless(stop.pressed, serving.drain())


async def start(
    arguments: argparse.Namespace, settings: Settings, stop: Stop, undo: AsyncExitStack
) -> Serving:
    """Serve on the folder; what was begun is in ``undo`` at any time."""
    raise_file_limit()
    folder = DataFolder(arguments.data)
    await hold(folder)
    undo.callback(folder.unlock)
    sockets = listen(settings.server, arguments.port)
    undo.callback(_close, sockets)
    where = address(settings.server, sockets)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration(), on_give_up=stop.give_up)
    undo.push_async_callback(stores.stop)
    assignment = Assignment(completed(settings, folder, where), await stores.start())
    greeting = Greeting(folder.path if arguments.welcome else None)
    begin = serve if settings.server.workers == 1 else lead
    serving = await begin(assignment, sockets, undo, greeting.prepare)
    more = _places(where, settings, folder) if arguments.welcome else []
    print("\n".join([*greeting.lines, f"Carillon on {where}", *more]), flush=True)
    tell_ready()
    return serving


async def serve(
    assignment: Assignment, sockets: list[socket], undo: AsyncExitStack, prepare: Prepare
) -> Serving:
    """Serve from this process."""
    carillon = Carillon(assignment.settings, assignment.endpoints, assignment.neighbours())
    undo.push_async_callback(carillon.end)
    app = await carillon.begin()
    await prepare(app)
    await carillon.start_loops()
    front = Front(app)
    if assignment.settings.server.workers == 1:
        front.open(sockets)
    else:
        front.share(sockets, app.roster.is_ahead)
    spare_the_collector()
    return front


async def lead(
    assignment: Assignment, sockets: list[socket], undo: AsyncExitStack, prepare: Prepare
) -> Serving:
    """Serve from workers; what can be wrong with the stores is found here, once, before."""
    carillon = Carillon(assignment.settings, assignment.endpoints)
    try:
        await prepare(await carillon.begin())
    finally:
        await carillon.end()
    meeting = Path(undo.enter_context(TemporaryDirectory(prefix="carillon-")))
    spawn = Spawn(Path(__file__), replace(assignment, meeting=meeting), sockets)
    crew = Crew(assignment.settings.server.workers, spawn, partial(_close, sockets))
    undo.push_async_callback(crew.stop)
    await crew.start()
    return crew


async def start_working(assignment: Assignment, undo: AsyncExitStack) -> Serving:
    """Serve as one worker of several."""
    raise_file_limit()
    sockets = inherited(assignment)
    undo.callback(_close, sockets)
    front = await serve(assignment, sockets, undo, _nothing)
    report_ready()
    return front


async def _nothing(_: App) -> None:
    """There is nothing to prepare: it was done before."""


def _close(sockets: list[socket]) -> None:
    for one in sockets:
        one.close()


def _places(where: str, settings: Settings, folder: DataFolder) -> list[str]:
    """Where somebody who is here for the first time may look."""
    messages = f"{where}{settings.mounts.inbox}/messages/"
    return [f"  inbox  {where}/", f"  API    {messages} (see README.md)", f"  data   {folder.path}"]


async def command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Any other verb: on the stores of the server that runs on this folder, or on its own."""
    end_cleanly()
    folder = DataFolder(arguments.data)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration())
    async with shared(folder, stores) as endpoints, AsyncExitStack() as undo:
        carillon = Carillon(completed(settings, folder), endpoints)
        undo.push_async_callback(carillon.end)
        app = await carillon.begin()
        await carillon.broker.start(app.changes.hearing.take, lambda: None)
        code: int = await noted(arguments, app, carry_out(arguments, app))
    return code


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 refused, 2 wrong use or configuration."""
    arguments = parser().parse_args(argv)
    if arguments.verb is None:
        parser().print_help(sys.stderr)
        return WRONG_USE
    log_as(arguments.verb, SERVING)
    try:
        if arguments.verb == "work":
            assignment = receive()
            log_by(assignment.settings.logging, arguments.verb, SERVING)
            return asyncio.run(work(assignment))
        if arguments.verb == "check":
            return asyncio.run(check(arguments, wall_us))
        settings = load(arguments.config)
        log_by(settings.logging, arguments.verb, SERVING)
        return asyncio.run(_verb(arguments.verb)(arguments, settings))
    except NotAWorker as error:
        return _complain(str(error), WRONG_USE)
    except SettingError as error:
        return _complain(str(error), WRONG_USE)
    except (FolderError, StartError, Unavailable, OSError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("interrupted")


def _verb(name: str) -> Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]]:
    if name in moving.VERBS:
        return partial(moving.move, wall=wall_us)
    return run if name == "run" else command


def _complain(reason: str, code: int = REFUSED) -> int:
    print(f"carillon: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(exit_within(EXIT_LIMIT_S, main()))
