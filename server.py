"""Carillon's entry: settings, build, serve, drain; other verbs go to ``commands/``."""

import argparse
import asyncio
import logging
import sys
from contextlib import AsyncExitStack

from carillon import Carillon as Carillon
from carillon import wall_us as wall_us
from commands.leaving import Stop, end_cleanly, exit_within, unless
from commands.line import COMMANDS, parser
from commands.welcome import welcome
from domain.errors import Unavailable
from embedded.folder import DataFolder, FolderError
from embedded.process import StartError
from embedded.sharing import hold, shared
from embedded.stores import Stores
from handlers.serving import Front, address, listen, raise_file_limit, spare_the_collector
from models.database import Administration
from settings import SettingError, Settings, load

EXIT_LIMIT_S = 2.0  # for threads of the driver that wait for a database
DONE, REFUSED, WRONG_USE = 0, 1, 2


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """The verb ``run``: everything, until it is told to stop; 1 when it could not go on."""
    stop = Stop()
    async with AsyncExitStack() as undo:
        front = await unless(stop.told, start(arguments, settings, stop, undo))
        if front is not None:
            await stop.told.wait()
            await unless(stop.pressed, front.drain())
    stop.hear_no_more()
    return DONE if stop.failure is None else _complain(stop.failure)


async def start(
    arguments: argparse.Namespace, settings: Settings, stop: Stop, undo: AsyncExitStack
) -> Front:
    """Serve on the folder; what was begun is in ``undo`` at any time."""
    raise_file_limit()
    folder = DataFolder(arguments.data)
    await hold(folder)
    undo.callback(folder.unlock)
    sockets = listen(settings.server, arguments.port)
    for one in sockets:
        undo.callback(one.close)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration(), on_give_up=stop.give_up)
    undo.push_async_callback(stores.stop)
    carillon = Carillon(settings, await stores.start())
    undo.push_async_callback(carillon.end)
    app = await carillon.begin()
    first = await welcome(app.accounts, folder.path) if arguments.welcome else None
    await carillon.start_loops()
    front = Front(app)
    front.open(sockets)
    spare_the_collector()
    where = address(settings.server, sockets)
    made = [f"Made for a first look, also kept in {first.path}:", first.text] if first else []
    more = _places(where, settings, folder) if arguments.welcome else []
    print("\n".join([*made, f"Carillon on {where}", *more]), flush=True)
    return front


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
        carillon = Carillon(settings, endpoints)
        undo.push_async_callback(carillon.end)
        app = await carillon.begin()
        await carillon.broker.start(app.changes.hear_envelope, lambda: None)
        code: int = await COMMANDS[arguments.verb].run(arguments, app)
    return code


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 refused, 2 wrong use or configuration."""
    arguments = parser().parse_args(argv)
    if arguments.verb is None:
        parser().print_help(sys.stderr)
        return WRONG_USE
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level=logging.INFO if arguments.verb == "run" else logging.WARNING,
    )
    verb = run if arguments.verb == "run" else command
    try:
        return asyncio.run(verb(arguments, load(arguments.config)))
    except SettingError as error:
        return _complain(str(error), WRONG_USE)
    except (FolderError, StartError, Unavailable, OSError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("interrupted")


def _complain(reason: str, code: int = REFUSED) -> int:
    print(f"carillon: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(exit_within(EXIT_LIMIT_S, main()))
