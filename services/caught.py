"""What the embedded catcher keeps, and how it is shown to administrators."""

import logging
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default

from domain.clock import Clock
from domain.errors import NotFound, Unavailable
from models.caught_mails import Caught, CaughtMails

log = logging.getLogger("carillon.mail")

SHOWN = 100
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A caught e-mail, taken apart."""

    caught: Caught
    headers: dict[str, str]
    text: str
    html: str


class CaughtBox:
    """Keeps and shows."""

    def __init__(self, store: CaughtMails, clock: Clock):
        self._store, self._clock = store, clock

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._store.ensure_indexes()

    async def keep(self, address: str, raw: bytes) -> bool:
        """Keep an e-mail; False while that cannot be done."""
        message = _parsed(raw)
        try:
            await self._store.add(
                address=address.lower(),
                email=str(message["Message-ID"] or "").strip("<>").rpartition("@")[0],
                subject=str(message["Subject"] or ""),
                at=self._clock.wall(),
                raw=raw,
            )
        except Unavailable as error:
            log.warning("an e-mail could not be kept: %s", error)
            return False
        return True

    async def listed(self, address: str | None = None, limit: int = SHOWN) -> list[Caught]:
        """Heads of the newest, the newest first."""
        return await self._store.listed(None if address is None else address.lower(), limit)

    async def get(self, name: str) -> Letter:
        """The one of this number, or of this e-mail's id; raises `NotFound`."""
        is_number = name.isascii() and name.isdigit() and len(name) < 19
        find = self._store.get(int(name)) if is_number else self._store.of_email(name)
        caught = await find
        if caught is None:
            raise NotFound(f"There is no e-mail {name}.")
        return _letter(caught)


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, EmailMessage, policy=default)


def _letter(caught: Caught) -> Letter:
    message = _parsed(caught.raw)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return Letter(
        caught,
        {name: str(value) for name, value in message.items()},
        _content(text),
        _content(html),
    )


def _content(part: MIMEPart | None) -> str:
    """A part's text with the line ends of this side."""
    content: str = "" if part is None else part.get_content()
    return content.replace("\r\n", "\n")
