"""Looks at the stores of an installation and says what is wrong with them, in a line each."""

import asyncio
from collections.abc import Callable

from domain.errors import Unavailable
from domain.findings import FAILED, OK, WARNING, Finding
from domain.fresh_ids import fresh_id
from models.database import Database
from models.diagnosis import Diagnosis, diagnose
from models.failures import reason
from models.migrations import UNFINISHED, VERSION, Schema, too_new
from push.redis_broker import RedisBroker

REDIS_LIMIT_S = 3.0
DATABASE_LIMIT_S = 20.0
SKEW_S, MOST_SKEW_S = 0.5, 5.0  # beyond the latter, half the overlap, stamps count as late


async def check_database(uri: str, name: str, wall: Callable[[], int]) -> list[Finding]:
    """Is it there, whose data does it hold, are they whole? One finding when it is away."""
    try:
        database = Database(uri, name)
    except ValueError as error:
        return [Finding("mongodb", FAILED, f"mongodb.uri: {error}")]
    try:
        async with asyncio.timeout(DATABASE_LIMIT_S):
            return _findings(await diagnose(database, wall))
    except (Unavailable, TimeoutError) as error:
        why = reason(error) if isinstance(error, Unavailable) else "it does not answer"
        return [Finding("mongodb", FAILED, f"the database cannot be used: {why}")]
    finally:
        database.close()


def _findings(found: Diagnosis) -> list[Finding]:
    return [
        Finding("mongodb", OK, f"answers (version {found.server})"),
        _version(found),
        _epoch(found),
        _indexes(found),
        _clock(found),
    ]


def _version(found: Diagnosis) -> Finding:
    schema = found.schema
    if found.is_half:
        return Finding("data", FAILED, UNFINISHED)
    if schema is None and found.epoch is None:
        return Finding("data", OK, "none yet: the first start makes them")
    schema = schema or Schema(1)
    if schema.since > VERSION:
        return Finding("data", FAILED, too_new(schema, VERSION))
    if schema.by is not None:
        text = f"process {schema.by} migrates them from version {schema.version}, or died of it"
        return Finding("data", WARNING, text)
    if schema.version < VERSION:
        text = f"of version {schema.version}: the next start migrates them to {VERSION}"
        return Finding("data", WARNING, f"{text}; make a backup before")
    return Finding("data", OK, f"of version {schema.version}, this program's is {VERSION}")


def _epoch(found: Diagnosis) -> Finding:
    if found.epoch is None:
        return Finding("epoch", OK, "none: the next start makes one, and clients list afresh")
    return Finding("epoch", OK, found.epoch)


def _indexes(found: Diagnosis) -> Finding:
    if not found.missing:
        return Finding("indexes", OK, "none is missing")
    return Finding(
        "indexes", WARNING, f"missing: {', '.join(found.missing)}; a running server builds them"
    )


def _clock(found: Diagnosis) -> Finding:
    if found.ahead_s is None:
        return Finding("clock", WARNING, "the database does not say its time")
    off_s, way = abs(found.ahead_s), "ahead of" if found.ahead_s > 0 else "behind"
    surely_s = max(0.0, off_s - found.within_s)
    text = f"the database's is {off_s:.3f} s {way} this host's, give or take {found.within_s:.3f} s"
    if surely_s <= SKEW_S:
        return Finding("clock", OK, text)
    return Finding("clock", FAILED if surely_s > MOST_SKEW_S else WARNING, f"{text}: set both")


async def check_redis(uri: str) -> Finding:
    """Does what is published come back? On a channel of its own, so that no server hears it."""
    name = fresh_id()
    try:
        broker = RedisBroker(uri, process=name, channels=(f"check:{name}",))
    except ValueError:
        return Finding("redis", FAILED, "redis.uri: not a Redis URI")
    linked = asyncio.Event()
    try:
        await broker.start(lambda envelope: None, linked.set)
        async with asyncio.timeout(REDIS_LIMIT_S):
            await linked.wait()
    except TimeoutError:
        why = "what is published is not heard: news come late, nothing is lost"
        return Finding("redis", WARNING, why)
    finally:
        await broker.stop()
    return Finding("redis", OK, "what is published is heard")
