"""What an account's fields take; each rule returns the tidied value or raises `Refused`."""

import re
from typing import Final

from domain import zones
from domain.coercion import BLANK, NOT_A_STRING, SURROGATE, Refused, trimmed_text

NOT_AN_EMAIL: Final = "Enter a valid email address."
NOT_A_LANGUAGE: Final = "Enter a valid language tag, for example de or pt-BR."
NOT_A_TIME_ZONE: Final = "Enter a valid time zone, for example Europe/Berlin."
NOT_A_USERNAME: Final = "Enter printable characters without white space around them."
TOO_LONG: Final = "Ensure this field has no more than {} characters."
TOO_SHORT: Final = "Ensure this field has at least {} characters."

LONGEST_NAME: Final = 254  # of an e-mail address (RFC 5321), which a username may be
LONGEST_IDENTITY: Final = 36  # a UUID as text
LONGEST_PASSWORD: Final = 4_096
SHORTEST_PASSWORD: Final = 8

_MAILBOX: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_HOST: Final = re.compile(
    r"localhost|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!-)[a-z0-9-]{2,63}(?<!-)",
    re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


def username(value: object) -> str:
    """1 to 254 printable characters, trimmed."""
    text = limited(trimmed_text(value), LONGEST_NAME)
    if not text.isprintable():
        raise Refused(NOT_A_USERNAME)
    return text


def email(value: object) -> str:
    """An e-mail address as contract 1.2.1 takes it: no quoted mailbox, no address literal."""
    try:
        text = trimmed_text(value)
    except Refused as error:
        is_text = isinstance(value, str) and bool(value.strip())
        raise Refused(*error.texts, *([NOT_AN_EMAIL] if is_text else [])) from error
    mailbox, at, host = limited(text, LONGEST_NAME).rpartition("@")
    if not (at and _MAILBOX.fullmatch(mailbox) and _HOST.fullmatch(_as_ascii(host))):
        raise Refused(NOT_AN_EMAIL)
    return text


def _as_ascii(host: str) -> str:
    """An international host name as it travels; what has no such form is no host."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def language(value: object) -> str:
    """A language tag in the manner of BCP 47, as it was written."""
    text = trimmed_text(value)
    if not _LANGUAGE.fullmatch(text):
        raise Refused(NOT_A_LANGUAGE)
    return text


def time_zone(value: object) -> str:
    """The name of a zone of the IANA database."""
    text = trimmed_text(value)
    if text not in zones.names():
        raise Refused(NOT_A_TIME_ZONE)
    return text


def identity(value: object) -> str:
    """A name of at most 36 characters by which another system knows the account."""
    return limited(trimmed_text(value), LONGEST_IDENTITY)


def password(value: object) -> str:
    """Any text of 1 to 4,096 characters, as it is; white space counts."""
    if not isinstance(value, str):
        raise Refused(NOT_A_STRING)
    if not value:
        raise Refused(BLANK)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Refused(SURROGATE.format(ord(value[error.start]))) from error
    return limited(value, LONGEST_PASSWORD)


def new_password(value: object) -> str:
    """A password that somebody chooses: at least 8 characters."""
    text = password(value)
    if len(text) < SHORTEST_PASSWORD:
        raise Refused(TOO_SHORT.format(SHORTEST_PASSWORD))
    return text


def limited(text: str, longest: int) -> str:
    """The text, when it is not longer than that."""
    if len(text) > longest:
        raise Refused(TOO_LONG.format(longest))
    return text
