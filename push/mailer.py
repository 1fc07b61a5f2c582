"""Handing e-mails to a relay over SMTP, on connections that are kept and used again.

aiosmtplib speaks the protocol: the one SMTP client on PyPI that is written for asyncio and kept.
The standard library's smtplib blocks, and a thread for each e-mail under way would be its price.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from domain.mails import Mail, MailUnsent
from push.mail_parts import message

log = logging.getLogger("carillon.mail")

MOST_CONNECTIONS = 8
MOST_MAILS = 100  # over one connection: relays count
IDLE_S = 30.0
SMTP_LIMIT_S = 30.0  # for each answer of the relay
QUIT_LIMIT_S = 1.0
# What the standard library raises for addresses that no header can hold, which the contract's rule
# lets through: `().=](@)ab<>.x`.
UNWRITABLE = (ValueError, TypeError, AttributeError, LookupError)
PORTS = {"smtp": 25, "smtps": 465}


class _Line:
    """One connection to the relay, and how often it was used."""

    def __init__(self, client: aiosmtplib.SMTP):
        self.client = client
        self.mails = 0
        self.used_at = 0.0

    def is_good(self, now: float) -> bool:
        """May it be used once more?"""
        is_fresh = self.mails < MOST_MAILS and now - self.used_at < IDLE_S
        return is_fresh and self.client.is_connected

    async def end(self) -> None:
        """Say goodbye if the relay listens."""
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(QUIT_LIMIT_S):
                await self.client.quit()
        self.client.close()


class Mailer:
    """Sends e-mails through the relay at ``url``, at most eight at once; ``sender`` writes them."""

    def __init__(self, url: str, sender: str, *, now: Callable[[], float]):
        self._url, self._sender, self._now = url, sender, now
        self._idle: deque[_Line] = deque()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)

    async def send(self, mail: Mail) -> None:
        """Return once the relay has accepted it; raises `MailUnsent`."""
        try:
            data = message(mail, self._sender).as_bytes()
        except UNWRITABLE as error:
            raise MailUnsent(f"no e-mail can be made of it: {error}", is_final=True) from error
        async with self._places:
            line = await self._line()
            try:
                await self._transact(line, mail.address, data)
            except BaseException:
                line.client.close()
                raise
            line.used_at = self._now()
            self._idle.append(line)

    async def _line(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_good(self._now()):
                return line
            await line.end()
        client = _client(self._url)
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            raise MailUnsent(f"no connection to the relay: {_reason(error)}") from error
        return _Line(client)

    async def _transact(self, line: _Line, address: str, data: bytes) -> None:
        line.mails += 1
        sender = parseaddr(self._sender)[1]
        try:
            await line.client.sendmail(sender, [address], data)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _unsent(error.recipients[0]) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _unsent(error) from error
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:
            raise MailUnsent(f"not an address for SMTP: {error}", is_final=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailUnsent(_reason(error)) from error

    async def close(self) -> None:
        """Let the connections go, all at once; may be called twice."""
        lines = list(self._idle)
        self._idle.clear()
        await asyncio.gather(*(line.end() for line in lines))


def _client(url: str) -> aiosmtplib.SMTP:
    """A client for ``smtp://user:password@host:port?starttls=1`` or ``smtps://…``.

    Without ``starttls`` TLS is used when the relay offers it; with 1 it must, with 0 it is not.
    """
    parts = urlsplit(url)
    wanted = parse_qs(parts.query).get("starttls", [""])[0]
    is_tls = parts.scheme == "smtps"
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        use_tls=is_tls,
        start_tls=False if is_tls else {"1": True, "0": False}.get(wanted),
        timeout=SMTP_LIMIT_S,
    )


def _unsent(
    error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientRefused,
) -> MailUnsent:
    """Only a 5xx says that the same e-mail would be refused again (RFC 5321, 4.2.1).

    421 and failed log-ins concern the relay and not the e-mail.
    """
    is_login = isinstance(error, aiosmtplib.SMTPAuthenticationError)
    return MailUnsent(f"{error.code} {error.message}", is_final=error.code >= 500 and not is_login)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
