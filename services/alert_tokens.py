"""Tokens in links of e-mails: JWT, signed with a secret that other sites may share (3.9).

Whoever has the secret can verify them: HS256, claims ``data``, ``exp``, ``iat`` and ``iss``. Times
are by the clock that is handed in.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from jwt import InvalidTokenError, PyJWS
from jwt.algorithms import HMACAlgorithm

from domain.clock import DAY, SECOND, Clock

ALGORITHM: Final = "HS256"
VALID_US: Final = 7 * DAY
LONGEST: Final = 4_096  # characters of a token that is read

Data = Mapping[str, Any]


class _AnyLength(HMACAlgorithm):
    """A secret that is shared with others may be shorter than the standard likes."""

    def check_key_length(self, key: bytes) -> str | None:
        return None


class Tokens:
    """Makes and reads tokens; ``issuer`` is the root of the site that their links lead to."""

    def __init__(self, secret: str, issuer: str, clock: Clock):
        self._secret, self._issuer, self._clock = secret, issuer, clock
        self._signing = PyJWS(algorithms=[])
        self._signing.register_algorithm(ALGORITHM, _AnyLength(HMACAlgorithm.SHA256))

    # For whom

    def for_subscriber(self, subscriber: int, redirect: str | None = None) -> str:
        """Shows that its bearer reads a subscriber's mail; where he wanted to go is in it."""
        return self.make({"subscriber_id": subscriber, "redirect": redirect})

    def for_unsubscribing(self, subscriber: int) -> str:
        """The one in an e-mail's links."""
        return self.make({"subscriber_id": subscriber})

    def for_one_click(self, subscriber: int) -> str:
        """The one in an e-mail's headers, which programs see: it ends one subscription, no more."""
        return self.make({"subscriber_id": subscriber, "one_click": True})

    def for_subscription(self, address: str, topic: str, frequency: str) -> str:
        """Shows that its bearer reads this address, and what he wants to subscribe to."""
        return self.make({"address": address, "topic_id": topic, "frequency": frequency})

    # Any

    def make(self, data: Data, *, valid_us: int = VALID_US) -> str:
        """A token with these data, good for so long from now."""
        now = self._clock.wall()
        claims = {
            "data": dict(data),
            "exp": (now + valid_us) // SECOND,
            "iat": now // SECOND,
            "iss": self._issuer,
        }
        text = json.dumps(claims, separators=(",", ":")).encode()
        return self._signing.encode(text, self._secret, algorithm=ALGORITHM)

    def claims(self, token: str) -> Data | None:
        """All claims of a token that is good now, whoever issued it; None for any other text."""
        if len(token) > LONGEST:
            return None
        try:
            claims = json.loads(self._signing.decode(token, self._secret, [ALGORITHM]))
        except (InvalidTokenError, ValueError):
            return None
        return claims if self._is_good(claims) else None

    def read(self, token: str) -> Data | None:
        """The data in a token that is ours and good now; None for any other text."""
        claims = self.claims(token)
        return claims["data"] if claims is not None and claims["iss"] == self._issuer else None

    def _is_good(self, claims: Any) -> bool:
        """Somebody who shares the secret may have signed anything."""
        if not isinstance(claims, dict) or not isinstance(claims.get("data"), dict):
            return False
        until = claims.get("exp")
        return type(until) is int and "iss" in claims and self._clock.wall() < until * SECOND
