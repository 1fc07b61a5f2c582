"""``check``: what is wrong with the configuration, this host or the database; changes nothing."""

import argparse
from collections.abc import Callable

from commands.answers import DONE, REFUSED, say
from commands.host_checks import check_host
from commands.verbs import Words, add_verb
from domain.findings import FAILED, OK, Finding, all_hold
from embedded.folder import DataFolder, FolderError
from embedded.process import StartError
from embedded.sharing import shared
from embedded.stores import Stores
from models.database import Administration
from services.checkup import check_database, check_redis
from settings import SettingError, Settings, load

WRONG_SETTING = 2
NOT_YET = "embedded: the first start makes it"


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    text = "say what is wrong with the configuration, this host or the database"
    add_verb(verbs, "check", None, text)


async def check(arguments: argparse.Namespace, wall: Callable[[], int]) -> int:
    """Look at everything; 1 when a server could not be started, 2 for a wrong setting."""
    try:
        settings = load(arguments.config)
    except SettingError as error:
        _say(arguments, [Finding("settings", FAILED, str(error))])
        return WRONG_SETTING
    folder = DataFolder(arguments.data)
    findings = [Finding("settings", OK, "all are known and may be as they are")]
    findings += check_host(folder, settings.server)
    findings += await _check_stores(folder, settings, wall)
    _say(arguments, findings)
    return DONE if all_hold(findings) else REFUSED


async def _check_stores(
    folder: DataFolder, settings: Settings, wall: Callable[[], int]
) -> list[Finding]:
    """The stores of the server that runs on the folder; else they are started for a moment."""
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration())
    if stores.are_embedded and not (folder.path / "mongodb").exists() and uris[0] is None:
        redis = [await check_redis(uris[1])] if uris[1] else [Finding("redis", OK, NOT_YET)]
        return [Finding("mongodb", OK, NOT_YET), *redis]
    try:
        async with shared(folder, stores) as found:
            name = settings.mongodb.database
            database = await check_database(found.mongodb_uri, name, wall)
            return [*database, await check_redis(found.redis_uri)]
    except (FolderError, StartError, OSError) as error:
        return [Finding("stores", FAILED, str(error))]


def _say(arguments: argparse.Namespace, findings: list[Finding]) -> None:
    width = max(len(one.name) for one in findings)
    lines = [f"{one.state:<8} {one.name:<{width}}  {one.text}" for one in findings]
    rows = [{"name": one.name, "state": one.state, "text": one.text} for one in findings]
    say(arguments, "\n".join(lines), {"ok": all_hold(findings), "checks": rows})
