"""How each area spells errors and answers; services know nothing of it (house, decision 3)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.errors import Invalid, ProductError

TOKEN, BEARER, BASIC, COOKIE, TICKET = "token", "bearer", "basic", "cookie", "ticket"  # noqa: S105
SESSION = "session"  # a token that is a session's: in the query, or in a header of its own


@dataclass(frozen=True)
class Dialect:
    """One area's manners: which credentials it takes, and what an error looks like.

    ``is_own`` is one of the house's own routes, which no area's announcement holds up.
    """

    name: str
    credentials: frozenset[str]
    render: Callable[[ProductError], Any]
    challenge: str | None = None
    is_own: bool = False


def _drf(error: ProductError) -> Any:
    """Django REST framework's shape: ``{field: [texts]}`` or ``{"detail": text}``."""
    return error.problems if isinstance(error, Invalid) else {"detail": error.detail}


def as_json(error: Any) -> bytes:
    """A rendered error; it may quote a lone surrogate, which no UTF-8 can write: "?" for that."""
    text = json.dumps(error, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


INBOX = Dialect("inbox", frozenset({TOKEN, COOKIE}), _drf)
SEED = Dialect("seed", frozenset({TOKEN, BASIC, COOKIE}), _drf, challenge='Basic realm="api"')
# Carillon's own routes speak SEED's shapes, and take a token under either name.
OWN = Dialect("own", frozenset({TOKEN, BEARER, COOKIE}), _drf, challenge="Token", is_own=True)
