"""Carillon's push alone: its doors, accounts and hub, and a route that only publishes.

``POST /push`` with a person and a content makes an event of one frame, tells it to that person's
connections and publishes it for other processes, as a change is told once it is committed. Nothing
is stored. The route is there twice: as a Tornado `RequestHandler`, and one port on without one, on
the HTTP server alone, as node's peers are.
Run by `unicast.py` on the stores of a server that runs, as an installation of its own.
"""

import asyncio
import os
import sys
from itertools import count

import orjson
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    ResponseStartLine,
)
from tornado.netutil import bind_sockets
from tornado.web import RequestHandler

from carillon import Carillon
from domain.events import Event, Part
from embedded.stores import Endpoints
from handlers.accepting import Accepting
from handlers.routes import application
from handlers.serving import spare_the_collector
from handlers.wire.choosing import server_for
from push import envelopes, frames
from settings import load

BACKLOG = 1024
NUMBERS = count(1)
CREATED = ResponseStartLine("HTTP/1.1", 201, "Created")


class Push(RequestHandler):
    """Tells, publishes, and answers once the broker took it."""

    async def post(self) -> None:
        await _push(self.settings["carillon"], self.request.body)
        self.set_status(201)
        self.finish({})


class BarePush(HTTPMessageDelegate):
    """The same without a handler: whatever is asked is a push."""

    def __init__(self, carillon: Carillon, connection: HTTPConnection):
        self._carillon, self._connection = carillon, connection
        self._body = b""

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    def finish(self) -> None:
        _push(self._carillon, self._body).add_done_callback(self._answer)

    def _answer(self, taken: asyncio.Future[bool]) -> None:
        headers = HTTPHeaders({"Content-Type": "application/json", "Content-Length": "2"})
        self._connection.write_headers(CREATED, headers, b"{}")
        self._connection.finish()


class Bare(HTTPServerConnectionDelegate):
    """An application of one route."""

    def __init__(self, carillon: Carillon):
        self._carillon = carillon

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> BarePush:
        return BarePush(self._carillon, request_conn)


def _push(carillon: Carillon, text: bytes) -> asyncio.Future[bool]:
    """Tell and publish; the future says whether the broker took it."""
    body = orjson.loads(text)
    event = _event(carillon.clock.stamp(), int(body["to"]), str(body["content"]))
    carillon.app.changes.hear(event)
    return carillon.broker.publish(envelopes.seal(event, carillon.process), event.users)


def _event(revision: int, to: int, content: str) -> Event:
    item = {"id": next(NUMBERS), "is_read": False, "content": content, "sent_on": SENT_ON}
    frame = frames.change("notice", version=1, revision=revision, item=item)
    return Event(f"push-{revision}", revision, (Part((to,), frame),))


SENT_ON = "2026-01-01T00:00:00.000000Z"


async def main() -> None:
    endpoints = Endpoints(os.environ["CARILLON_MONGODB_URI"], os.environ["REDIS_URL"])
    carillon = Carillon(load(), endpoints)
    app = await carillon.begin()
    await carillon.start_loops()
    web = application(app)
    web.settings["carillon"] = carillon
    web.add_handlers(".*", [("/push", Push)])
    for port, served in enumerate((web, Bare(carillon)), int(sys.argv[1])):
        sockets = bind_sockets(port, "127.0.0.1", backlog=BACKLOG)
        Accepting(server_for(served, carillon.settings.server), lambda: False).open(sockets)
    spare_the_collector()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
