"""The live channel over a websocket."""

import json
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from carillon_client.events import Frame, parse_frame
from carillon_client.ways import CUT, Lost, Refused

PROTOCOL: Final = Subprotocol("carillon.v1")
MOST_FRAME_BYTES = 64 * 1024 * 1024
CLOSE_LIMIT_S = 2.0


class SocketWay:
    """A `Way`; at most a few frames are read ahead, and the server is kept waiting."""

    can_send = True

    def __init__(self, socket: ClientConnection):
        self._socket = socket

    @classmethod
    async def open(
        cls, base_url: str, header: str, query: dict[str, str], *, limit_s: float
    ) -> Self:
        """Raises `Refused`, `Lost`, and OSError when nobody is there."""
        url = f"{base_url.replace('http', 'ws', 1)}/live?{urlencode(query)}"
        try:
            socket = await connect(
                url,
                additional_headers={"Authorization": header},
                subprotocols=[PROTOCOL],
                open_timeout=limit_s,
                close_timeout=CLOSE_LIMIT_S,
                ping_interval=None,
                max_size=MOST_FRAME_BYTES,
            )
        except InvalidStatus as refusal:
            response = refusal.response
            raise Refused(response.status_code, dict(response.headers.raw_items())) from refusal
        except (TimeoutError, ConnectionResetError, WebSocketException, EOFError) as error:
            raise Lost from error
        return cls(socket)

    async def receive(self) -> Frame | None:
        try:
            data = await self._socket.recv()
        except ConnectionClosed as end:
            raise Lost(*((end.rcvd.code, end.rcvd.reason) if end.rcvd else (CUT,))) from end
        return parse_frame(data) if isinstance(data, str) else None

    async def send(self, frame: Frame) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps(frame))

    def abort(self) -> None:
        self._socket.transport.abort()

    async def close(self) -> None:
        await self._socket.close()
