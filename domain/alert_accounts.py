"""Accounts of another service, as it tells of them (alerts contract, 3.10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class SessionUnknown(Exception):
    """The other service knows no such session."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who a session belongs to; ``session`` is what it is called from now on, if that changed."""

    id: str
    email: str | None
    is_verified: bool
    session: str | None = None


def account_of(answer: Mapping[str, Any]) -> Account | None:
    """The account in a service's answer, or None for what is no such answer."""
    number, email, session = (answer.get(n) for n in ("id", "email", "govuk_account_session"))
    if not isinstance(number, str | int) or isinstance(number, bool) or number == "":
        return None
    return Account(
        id=str(number),
        email=email if isinstance(email, str) and email else None,
        is_verified=answer.get("email_verified") is True,
        session=session if isinstance(session, str) and session else None,
    )
