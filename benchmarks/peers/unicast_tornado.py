"""The peer: a chat in stock Tornado that pushes to one person, through Redis, and nothing else.

No accounts, no store: it takes ``POST /push`` with a person and a content, publishes one frame as
large as Carillon's on one channel, and calls `write_message` for that person's connections when it
comes back. Run by `unicast.py`.
"""

import asyncio
import json
import os
import sys

from redis import asyncio as aioredis
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from benchmarks.peers.envelope import notice

BACKLOG = 1024
CHANNEL = "peer"


class Listener(WebSocketHandler):
    """One person's connection."""

    of: dict[str, set["Listener"]] = {}  # noqa: RUF012 - shared by all on purpose

    def open(self, *_: str, **__: str) -> None:
        self.set_nodelay(True)
        self.person = self.get_query_argument("user")
        self.of.setdefault(self.person, set()).add(self)

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected."""

    def on_close(self) -> None:
        self.of[self.person].discard(self)


class Push(RequestHandler):
    """Publishes, and answers once the broker took it."""

    async def post(self) -> None:
        body = json.loads(self.request.body)
        envelope = json.dumps({"to": str(body["to"]), "frame": notice(body["content"])})
        await self.settings["redis"].publish(CHANNEL, envelope)
        self.set_status(201)
        self.finish({})


async def listen(redis: "aioredis.Redis") -> None:
    """Tell those who are meant, for ever."""
    link = redis.pubsub()
    await link.subscribe(CHANNEL)
    async for message in link.listen():
        if message["type"] == "message":
            envelope = json.loads(message["data"])
            for listener in list(Listener.of.get(envelope["to"], ())):
                listener.write_message(envelope["frame"])


async def main() -> None:
    redis = aioredis.Redis.from_url(os.environ["REDIS_URL"])
    application = Application([("/live", Listener), ("/push", Push)], redis=redis)
    sockets = bind_sockets(int(sys.argv[1]), "127.0.0.1", backlog=BACKLOG)
    HTTPServer(application).add_sockets(sockets)
    await listen(redis)


if __name__ == "__main__":
    asyncio.run(main())
