"""An echo door of the product's own socket code, and kosoku's cases of RFC 6455 against it.

Run all of them: `make websocket-conformance`.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from kosoku import FailureError, run_fuzzingclient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from handlers.live.deflate import agreed
from handlers.live.framing import frame
from handlers.live.handover import switch_protocols, take_over
from handlers.live.sockets import Sockets
from handlers.live.strict import BINARY, FINAL, FrameReader
from handlers.live.transport import SocketTransport

MOST_BYTES = 1 << 24
FRAMING = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
# kosoku 0.1.0 cannot run 12.2, 12.3 and 12.5 ("Strings must be encoded before hashing"), and 13.3
# and 13.5 ask for a window below 4 KiB, which is not agreed on (`handlers/live/deflate.py`).
COMPRESSION = ["12.1.*", *[f"{group}.{n}" for group in ("12.4", "13.1", "13.7") for n in (1, 5, 9)]]
FINE = {"OK", "INFORMATIONAL"}


class Echo:
    """A peer that sends every message back."""

    def __init__(self, transport: SocketTransport):
        self.transport = transport

    def on_frame(self) -> None: ...

    def on_message(self, opcode: int, payload: bytes) -> None:
        if opcode == BINARY:
            self.transport.write_frame(frame(FINAL | BINARY, payload))
        else:
            self.transport.write(payload)

    def on_pong(self) -> None: ...

    def fail(self, code: int, reason: str) -> None:
        self.transport.close(code, reason)

    def on_close(self) -> None: ...


class EchoHandler(RequestHandler):
    """The handshake of the product without its accounts."""

    async def get(self) -> None:
        extension = agreed(self.request.headers.get("Sec-WebSocket-Extensions", ""))
        switch_protocols(self, None, extension)
        is_deflated = extension is not None
        sockets, most_bytes = self.settings["sockets"], self.settings["most_bytes"]
        reader = FrameReader(most_bytes, may_deflate=is_deflated)
        transport = SocketTransport(
            sockets, reader, is_deflated=is_deflated, most_unsent=most_bytes
        )
        await take_over(self, transport)
        transport.start(Echo(transport))


@asynccontextmanager
async def echo_door(most_bytes: int = MOST_BYTES) -> AsyncIterator[int]:
    """The port of a door that echoes messages up to a length."""
    sockets = Sockets(deflate_from_bytes=0)
    http = HTTPServer(Application([("/.*", EchoHandler)], sockets=sockets, most_bytes=most_bytes))
    listening, port = bind_unused_port()
    http.add_socket(listening)
    try:
        yield port
    finally:
        http.stop()
        sockets.cut()
        await http.close_all_connections()


async def judged(cases: Sequence[str]) -> dict[str, str]:
    """The verdict of each of these cases, with its closing's where that is not fine."""
    async with echo_door() as port:
        try:
            results = await run_fuzzingclient(f"ws://127.0.0.1:{port}", list(cases), concurrency=8)
        except FailureError as error:
            results = error.results
    return {one.case_id: _verdict(one.behavior.value, one.behavior_close.value) for one in results}


def _verdict(behavior: str, closing: str) -> str:
    return behavior if closing in FINE else f"{behavior}, closing {closing}"


async def main() -> int:
    """Print how many cases came to which verdict, and name those that are not as they should be."""
    status = 0
    for what, cases in (("framing", FRAMING), ("compression", COMPRESSION)):
        started = time.monotonic()
        verdicts = await judged(cases)
        counts = ", ".join(f"{count} {one}" for one, count in Counter(verdicts.values()).items())
        took_s = time.monotonic() - started
        print(
            f"kosoku {version('kosoku')}, {what}: {len(verdicts)} cases in {took_s:.0f} s: {counts}"
        )
        wrong = {case: one for case, one in verdicts.items() if one not in FINE}
        for case, one in wrong.items():
            print(f"  {case}: {one}")
        status |= bool(wrong)
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
