"""What a run happens in: stores that may be killed, server processes, people and groups."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.stores import OwnMongoDB, OwnRedis
from tests.journeys.processes import Cluster, Door
from tests.sites import Person

ADMIN = "admin"
GROUP = 1


class Place:
    """Servers on a MongoDB of their own and some Redis; every second person is in the group."""

    def __init__(
        self,
        folder: Path,
        redis_uri: str,
        more: dict[str, str],
        *,
        mongodb_command: str | None = None,
    ):
        self.mongodb = OwnMongoDB(folder / "mongodb", mongodb_command)
        self.cluster = Cluster(folder, self.mongodb.uri, redis_uri, "chaos", more)
        self.members: set[int] = set()
        self.by_id: dict[int, Person] = {}

    @property
    def doors(self) -> Sequence[Door]:
        """Where callers and readers come in."""
        return self.cluster.servers

    @property
    def people(self) -> dict[str, Person]:
        return self.cluster.people

    def import_people(self, names: list[str]) -> None:
        """These people and an administrator."""
        users = [
            {"id": n, "username": name, "groups": ["inner"] if n % 2 else []}
            for n, name in enumerate(names, 1)
        ]
        self.members = {n for n in range(1, len(names) + 1) if n % 2}
        users.append({"id": len(names) + 1, "username": ADMIN, "is_admin": True})
        file, tokens = self.cluster.folder / "users.json", self.cluster.folder / "tokens.json"
        file.write_text(json.dumps({"groups": [{"id": GROUP, "name": "inner"}], "users": users}))
        self.cluster.command("users", "import", str(file), "--tokens", str(tokens))
        made = json.loads(tokens.read_text())
        self.cluster.people = {
            name: Person(n, name, made[name]) for n, name in enumerate((*names, ADMIN), 1)
        }
        self.by_id = {person.id: person for person in self.people.values()}

    async def start(self, names: list[str], servers: int) -> None:
        await asyncio.to_thread(self.import_people, names)
        await self.cluster.start(servers)

    def stop(self) -> None:
        self.cluster.stop()
        self.mongodb.kill()

    def complaints(self) -> list[str]:
        """Lines in the servers' logs that tell of something unforeseen."""
        return [
            f"{server.folder.name}: {line}"
            for server in self.cluster.servers
            for line in server.log().splitlines()
            if " ERROR " in line or line.startswith("Traceback")
        ]


class World(Place):
    """With a Redis of its own, too."""

    def __init__(self, folder: Path, *, mongodb_command: str | None = None, **more: str):
        folder.mkdir(exist_ok=True)
        self.redis = OwnRedis(folder / "redis")
        super().__init__(folder, self.redis.uri, more, mongodb_command=mongodb_command)

    def stop(self) -> None:
        super().stop()
        self.redis.kill()
