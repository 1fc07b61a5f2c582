"""What counts as a subscriber's address, and when two are the same (alerts contract, 2.2)."""

from typing import Final

SMOKE_TEST_DOMAIN: Final = "@notifications.service.gov.uk"

_LONGEST: Final = 320  # of a local part, its sign and a domain (RFC 3696, erratum 1690)


def is_address(text: str) -> bool:
    """Is it one address? Not whether anybody reads it.

    One ``@`` with something before it; after it a domain with a dot, not in front, or something in
    brackets; no comma, and nothing that would not print as itself in a header.
    """
    if not text.isprintable() or len(text) > _LONGEST or any(one.isspace() for one in text):
        return False
    local, sign, domain = text.partition("@")
    return bool(local and sign) and "@" not in domain and "," not in text and _is_domain(domain)


def _is_domain(text: str) -> bool:
    is_bracketed = len(text) > 2 and text.startswith("[") and text.endswith("]")
    return is_bracketed or ("." in text and not text.startswith("."))


def key_of(address: str) -> str:
    """What is the same for the same address, however its letters are written."""
    return address.lower()


def is_smoke_test(address: str) -> bool:
    """Is it one that is answered and makes nothing (contract 0, row 5)?"""
    return key_of(address).endswith(SMOKE_TEST_DOMAIN)
