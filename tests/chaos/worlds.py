"""What a run happens in: stores that may be killed, server processes, people and groups."""

import asyncio
import json
from pathlib import Path

from tests.chaos.stores import OwnMongoDB, OwnRedis
from tests.journeys.processes import Cluster
from tests.sites import Person

ADMIN = "admin"
GROUP = 1


class World:
    """Servers on a MongoDB and a Redis of their own; every second person is in the group."""

    def __init__(self, folder: Path, **more: str):
        folder.mkdir(exist_ok=True)
        self.mongodb, self.redis = OwnMongoDB(folder / "mongodb"), OwnRedis(folder / "redis")
        self.cluster = Cluster(folder, self.mongodb.uri, self.redis.uri, "chaos", more)
        self.members: set[int] = set()
        self.by_id: dict[int, Person] = {}

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
        self.redis.kill()
        self.mongodb.kill()

    def complaints(self) -> list[str]:
        """Lines in the servers' logs that tell of something unforeseen."""
        return [
            f"{server.folder.name}: {line}"
            for server in self.cluster.servers
            for line in server.log().splitlines()
            if " ERROR " in line or line.startswith("Traceback")
        ]
