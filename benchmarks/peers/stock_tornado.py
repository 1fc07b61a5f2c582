"""The peer: what a chat in stock Tornado does with a notice, and nothing else.

No accounts, no store, no broker: it takes the body of `POST /notices/send/`, encodes one frame as
large as Carillon's, and calls `write_message` for every connection. Run by `fan_out.py`.
"""

import asyncio
import json
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from benchmarks.peers.envelope import notice

BACKLOG = 1024  # as Carillon's: the connections of a run come at once


class Listener(WebSocketHandler):
    """One connection."""

    everyone: set["Listener"] = set()  # noqa: RUF012 - shared by all on purpose

    def open(self, *_: str, **__: str) -> None:
        self.set_nodelay(True)
        self.everyone.add(self)

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected."""

    def on_close(self) -> None:
        self.everyone.discard(self)


class Notices(RequestHandler):
    """Tells everybody."""

    def post(self) -> None:
        body = json.loads(self.request.body)
        frame = notice(body["content"])
        for listener in list(Listener.everyone):
            listener.write_message(frame)
        self.set_status(201)
        self.finish(body)


async def main() -> None:
    application = Application([("/live", Listener), ("/notices/send/", Notices)])
    sockets = bind_sockets(int(sys.argv[1]), "127.0.0.1", backlog=BACKLOG)
    HTTPServer(application).add_sockets(sockets)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
