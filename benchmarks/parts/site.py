"""A Carillon of a run's own: its stores, its people, a server process, and nothing left behind."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pymongo import MongoClient
from redis import Redis

from benchmarks.parts.programs import Cpus, Program, pin
from embedded.folder import DataFolder

LINE = "Carillon on http://"
ADMIN = "admin"
COUNTED = ("insert", "query", "update", "delete", "getmore", "command")
ASKED = ("query", "getmore", "command")


@dataclass(frozen=True)
class Stores:
    """Where the stores of a run are, what they call themselves, and those that it started."""

    mongodb: "MongoClient[dict[str, object]]"
    redis: Redis
    mongodb_uri: str
    redis_uri: str
    pids: Mapping[str, int]

    def names(self) -> dict[str, str]:
        """The servers as they name themselves."""
        built, told = self.mongodb.admin.command("buildInfo"), self.redis.info("server")
        own = [key for key in built if key.endswith("Version") and key != "gitVersion"]
        said = [f"{key.removesuffix('Version')} {built[key]}" for key in own]
        redis = "valkey" if "valkey_version" in told else "redis"
        return {
            "database": " ".join([*said, f"(MongoDB protocol {built['version']})"]),
            "redis": f"{redis} {told[f'{redis}_version']}",
        }

    def commands(self) -> int:
        """Commands that the database carried out so far, this question included.

        Of a write to many documents each is counted.
        """
        return self._counted(COUNTED)

    def queries(self) -> int:
        """Those that were no writes, this question included."""
        return self._counted(ASKED)

    def _counted(self, names: Sequence[str]) -> int:
        counters = self.mongodb.admin.command("serverStatus")["opcounters"]
        return sum(int(counters[name]) for name in names)


@dataclass(frozen=True)
class Site:
    """A server that runs, and tokens of people who may call it; the administrator's apart."""

    server: Program
    port: int
    tokens: Mapping[str, str]
    stores: Stores
    database: str
    channel: str  # on which the processes of this site tell each other

    def token(self, person: int) -> str:
        return self.tokens[f"u{person}"]

    @property
    def admin(self) -> str:
        return self.tokens[ADMIN]


@contextmanager
def carillon(
    people: int, cpus: Cpus, uris: Mapping[str, str | None], profile: Path | None = None
) -> Iterator[Site]:
    """A site with people 1 … n (u1, u2 …), pinned; ``uris`` name stores that are not embedded.

    With ``profile`` the server runs under cProfile, which writes there when it ends.
    """
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as name:
        folder, given = Path(name), {key: uri for key, uri in uris.items() if uri}
        database = f"bench_{uuid4().hex[:12]}"
        environment = {f"CARILLON_{key.upper()}_URI": uri for key, uri in given.items()}
        environment["CARILLON_MONGODB_DATABASE"] = database
        environment["CARILLON_LIMITS_ENABLED"] = "false"
        words = [sys.executable, *(("-m", "cProfile", "-o", str(profile)) if profile else ())]
        run = [*words, "server.py", "run", "--port", "0", "--data", str(folder / "data")]
        server = Program("server", run, folder, environment)
        try:
            port = int(server.said(LINE).rpartition(":")[2])
            stores = _stores(folder / "data", given)
            tokens = _people(people, folder, environment)
            _pin(server, stores, cpus)
            with closing(stores.mongodb), closing(stores.redis):
                yield Site(server, port, tokens, stores, database, _channel(stores, database))
        finally:
            server.stop()
            if "mongodb" in given:
                _drop(given["mongodb"], database)


def _channel(stores: Stores, database: str) -> str:
    epoch = stores.mongodb[database]["meta"].find_one({"_id": "epoch"})
    assert epoch is not None
    return f"live:{epoch['value']}:0"


def _drop(uri: str, database: str) -> None:
    """Leave nothing behind on a server that is not ours."""
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=2_000) as client:
        client.drop_database(database)


def _stores(data: Path, given: Mapping[str, str]) -> Stores:
    told = DataFolder(data).read_endpoints() or {}
    mongodb = given.get("mongodb") or told["mongodb_uri"]
    redis = given.get("redis") or told["redis_uri"]
    files = {name: data / f"{name}.pid" for name in ("mongodb", "redis")}
    pids = {name: int(file.read_text("ascii")) for name, file in files.items() if file.exists()}
    return Stores(MongoClient(mongodb), Redis.from_url(redis), mongodb, redis, pids)


def _people(count: int, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Import people and an administrator through the command line; their tokens by username."""
    users: list[dict[str, object]] = [{"username": f"u{n}"} for n in range(1, count + 1)]
    users = [{"id": n, **user} for n, user in enumerate(users, 1)]
    users.append({"id": count + 1, "username": ADMIN, "is_admin": True})
    file, tokens = folder / "users.json", folder / "tokens.json"
    file.write_text(json.dumps(users), encoding="utf-8")
    verb = ["users", "import", str(file), "--tokens", str(tokens), "--data", str(folder / "data")]
    Program("import", [sys.executable, "server.py", *verb], folder, environment).finish()
    made: dict[str, str] = json.loads(tokens.read_text(encoding="utf-8"))
    return made


def _pin(server: Program, stores: Stores, cpus: Cpus) -> None:
    pin(server.pid, cpus.server)
    for pid in stores.pids.values():
        pin(pid, cpus.stores)
