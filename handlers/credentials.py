"""Reading credentials from a request, as each dialect takes them (surface, "Credentials")."""

import base64
import binascii
from typing import TYPE_CHECKING

from domain.accounts import Identity
from domain.errors import NotAuthenticated
from handlers.dialects import BASIC, BEARER, COOKIE, SESSION, TICKET, TOKEN

if TYPE_CHECKING:
    from handlers.base import ApiHandler

SESSION_COOKIE = "carillon_session"
SESSION_HEADER = "x-easydb-token"
SCHEMES = {"token": TOKEN, "bearer": BEARER, "basic": BASIC}


async def identify(handler: "ApiHandler") -> Identity | None:
    """Who is calling, or None when no credential of a kind that this dialect takes was given.

    Raises `NotAuthenticated` for one that was given and is not good. A scheme that the dialect
    does not take counts as none (contract 1.5). A ticket in the address goes before all others.
    """
    if TICKET in handler.dialect.credentials:
        ticket = str(handler.get_query_argument("ticket", ""))
        if ticket:
            return await handler.app.identities.by_ticket(ticket)
    if SESSION in handler.dialect.credentials:
        token = session_token(handler)
        if token is not None:
            return await handler.app.identities.by_session(token)
    scheme, _, rest = handler.request.headers.get("Authorization", "").strip().partition(" ")
    kind = SCHEMES.get(scheme.lower())
    taken = handler.dialect.credentials
    if kind in taken and kind is not None:
        return await _by_header(handler, kind, rest)
    cookie = handler.get_cookie(SESSION_COOKIE)
    if cookie and COOKIE in taken:
        return await handler.app.identities.by_cookie(cookie)
    return None


def session_token(handler: "ApiHandler") -> str | None:
    """The token of an API session: of the header, else of the query; it is never logged."""
    header: str | None = handler.request.headers.get(SESSION_HEADER)
    return header or handler.query().get("token", [""])[-1] or None


async def _by_header(handler: "ApiHandler", kind: str, rest: str) -> Identity:
    words = rest.split()
    name = "basic" if kind == BASIC else "token"
    if not words:
        raise NotAuthenticated(f"Invalid {name} header. No credentials provided.")
    if len(words) > 1:
        text = "Credentials" if kind == BASIC else "Token"
        raise NotAuthenticated(f"Invalid {name} header. {text} string should not contain spaces.")
    if kind == BASIC:
        return await handler.app.identities.by_basic(*_username_and_password(words[0]))
    return await handler.app.identities.by_token(words[0])


def _username_and_password(text: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated(
            "Invalid basic header. Credentials not correctly base64 encoded."
        ) from error
    if not colon:
        raise NotAuthenticated("Invalid basic header. Credentials not correctly base64 encoded.")
    return username, password
