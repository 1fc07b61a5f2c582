"""A connection that left HTTP: what follows is another protocol's."""

import asyncio


class Detached:
    """What `RequestHandler.detach` returns behind our own server.

    ``early`` is what the peer sent behind its request.
    """

    def __init__(self, transport: asyncio.Transport, early: bytes, *, is_stuck: bool):
        self._transport, self._early, self._is_stuck = transport, early, is_stuck

    def give_to(self, protocol: asyncio.Protocol) -> None:
        """From here on the connection is the protocol's; raises ConnectionError if it is over."""
        if self._transport.is_closing():
            raise ConnectionError("the peer is gone")
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        if self._is_stuck:
            protocol.pause_writing()
        if self._early:
            protocol.data_received(self._early)
