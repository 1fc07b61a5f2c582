"""What can go wrong.

CarillonError
├── Ended       the server says not to come back
│   └── SignedOut   because the credential is not good, or not any more
└── Failed      a request was answered with an error
"""

from typing import Any

SIGNED_OUT = 3500
UNAUTHORIZED = 401


class CarillonError(Exception):
    """Everything that this package raises on purpose."""


class Ended(CarillonError):
    """The live channel is over: coming back would end the same way.

    ``code`` is the close code (3500 to 3999), or the HTTP status of a refused handshake.
    """

    def __init__(self, code: int, reason: str = ""):
        super().__init__(f"ended by the server: {code} {reason}".rstrip())
        self.code, self.reason = code, reason


class SignedOut(Ended):
    """The credential is not good, or not any more: 3500 or 401."""


class Failed(CarillonError):
    """The server answered a request with an error; ``body`` is its JSON, None for none."""

    def __init__(self, status: int, body: Any = None):
        super().__init__(f"{status} {body if body is not None else ''}".rstrip())
        self.status, self.body = status, body


def ended(code: int, reason: str = "") -> Ended:
    """The exception for a close code or a status."""
    kind = SignedOut if code in (SIGNED_OUT, UNAUTHORIZED) else Ended
    return kind(code, reason)
