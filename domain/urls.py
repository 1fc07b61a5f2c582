"""URLs that others give us to call: http or https, read once, the same way for all."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from domain.coercion import Refused

NOT_A_URL: Final = "Enter a valid URL."
PORTS: Final = {"http": 80, "https": 443}

# Underscores are no part of host names, but containers are named with them.
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_MOST_HOST: Final = 253
_UNESCAPED: Final = "%!$&'()*+,;=:@/?~-._"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes; ``host`` is a name as it travels or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """What the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def target(url: str) -> Target:
    """Where the URL leads; raises `Refused` for anything but a whole http or https URL.

    No user is read out of it, and no white space or backslash, on whose meaning readers differ.
    """
    if not url.isprintable() or any(one.isspace() or one == "\\" for one in url):
        raise Refused(NOT_A_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(NOT_A_URL) from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS or port == 0 or "@" in parts.netloc:
        raise Refused(NOT_A_URL)
    return Target(scheme, _host(parts), port or PORTS[scheme], _path(parts))


def relative(base: Target, location: str) -> Target:
    """Where a redirect from `base` leads; raises `Refused` as `target` does."""
    return target(urljoin(base.url, location))


def _host(parts: SplitResult) -> str:
    text = parts.hostname or ""
    if "%" in text:  # of an IPv6 address with a scope, which is this host's own affair
        raise Refused(NOT_A_URL)
    try:
        if parts.netloc.startswith("["):
            return str(IPv6Address(text))
        host = text.encode("idna").decode() if text else ""
    except ValueError as error:  # UnicodeError is one
        raise Refused(NOT_A_URL) from error
    if not _HOST.fullmatch(host) or len(host) > _MOST_HOST:
        raise Refused(NOT_A_URL)
    return host


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_UNESCAPED)
