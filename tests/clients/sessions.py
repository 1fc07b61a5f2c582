"""Who a client is: the credential that it comes with, and what it asks of its session besides."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.clients.calls import Call

USER = {"id": 1, "username": "ada", "is_admin": False}


class Sessions:
    """Signs in whoever asks, each time with another credential; no script has to say so.

    After a refused handshake a client that asks who it is hears the same ``refusal``.
    """

    def __init__(self) -> None:
        self.refusal: Mapping[str, Any] | None = None
        self._sign_ins = 0

    def house(self) -> dict[tuple[str, str], Callable[[Call], None]]:
        """What is answered, by method and path."""
        return {
            ("POST", "/session"): self._sign_in,
            ("GET", "/session"): self._session,
            ("DELETE", "/session"): lambda call: call.answer(204),
            ("GET", "/inbox/counts"): lambda call: call.answer(503),
        }

    def _sign_in(self, call: Call) -> None:
        self._sign_ins += 1
        cookie = f"carillon_session=credential-{self._sign_ins}; Path=/; SameSite=Strict"
        call.answer(200, {"Set-Cookie": cookie}, {"user": USER, "csrf_token": "csrf"})

    def _session(self, call: Call) -> None:
        if self.refusal is None:
            call.answer(200, {}, {"user": USER, "csrf_token": "csrf"})
        else:
            call.answer(self.refusal["status"], self.refusal.get("headers"), b"")


def credential_of(call: Call) -> str:
    """What it came with, in a header or a cookie; empty without one."""
    words = call.headers.get("authorization", "").split() or [""]
    cookies = call.headers.get("cookie", "").split("; ")
    session = [one.partition("=")[2] for one in cookies if one.startswith("carillon_session=")]
    return words[-1] or next(iter(session), "")
