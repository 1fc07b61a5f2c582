"""The live channel over server-sent events."""

import asyncio
from http import HTTPStatus
from typing import Self
from urllib.parse import urlencode

from carillon_client.events import Frame, parse_frame, whole
from carillon_client.http_get import Get
from carillon_client.ways import CUT, Lost, Refused

EVENT_STREAM = "text/event-stream"


class StreamWay:
    """A `Way` that only hears. Waiting for the next frame may be cancelled and begun again."""

    can_send = False

    def __init__(self, answer: Get):
        self._answer = answer
        self._text = b""

    @classmethod
    async def open(
        cls, base_url: str, header: str, query: dict[str, str], *, limit_s: float
    ) -> Self:
        """Raises `Refused`, `Lost`, and OSError when nobody is there."""
        sent = {"Authorization": header, "Accept": EVENT_STREAM}
        try:
            async with asyncio.timeout(limit_s):
                answer = await Get.ask(f"{base_url}/live/events?{urlencode(query)}", sent)
        except TimeoutError as error:
            raise Lost from error
        is_stream = answer.headers.get("content-type", "").startswith(EVENT_STREAM)
        if answer.status != HTTPStatus.OK or not is_stream:
            await answer.close()
            raise Refused(answer.status, answer.headers)
        return cls(answer)

    async def receive(self) -> Frame | None:
        while b"\n\n" not in self._text:
            data = await self._answer.piece()
            if not data:
                raise Lost
            self._text += data.replace(b"\r\n", b"\n")
        block, _, self._text = self._text.partition(b"\n\n")
        frame = parse_frame(_data_of(block))
        if frame is not None and frame["type"] == "close":
            raise Lost(whole(frame.get("code")) or CUT, str(frame.get("reason", "")))
        return frame

    async def send(self, frame: Frame) -> None:
        """There is no way back."""

    def abort(self) -> None:
        self._answer.abort()

    async def close(self) -> None:
        await self._answer.close()


def _data_of(block: bytes) -> str:
    lines = block.decode(errors="replace").split("\n")
    return "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
