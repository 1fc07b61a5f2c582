"""Tokens in links (alerts contract, 3.9): what others read in them, and what is refused."""

import jwt
import pytest

from domain.clock import SECOND, Clock
from services.alert_tokens import Tokens
from tests.conftest import HandClock

SECRET, ROOT = "a secret of 48 characters, shared with other pages", "https://www.example.org"
WEEK_S = 7 * 86_400
NO_CLOCK: jwt.types.Options = {"verify_exp": False, "verify_iat": False}
WRONG_ENDS: tuple[object, ...] = ("1900000000", None, True)
WRONG_DATA: tuple[object, ...] = (None, [], "7")


def _tokens(clock: HandClock, secret: str = SECRET, root: str = ROOT) -> Tokens:
    return Tokens(secret, root, Clock(clock))


def test_claims_that_others_read(hand_clock: HandClock) -> None:
    tokens, now = _tokens(hand_clock), hand_clock.at // SECOND
    token = tokens.for_subscriber(7, "/page")
    # By another reader, who knows the secret and the standard alone.
    claims = jwt.decode(token, SECRET, ["HS256"], issuer=ROOT, options=NO_CLOCK)
    assert claims == {
        "data": {"subscriber_id": 7, "redirect": "/page"},
        **{"exp": now + WEEK_S, "iat": now, "iss": ROOT},
    }
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert tokens.claims(token) == claims
    assert tokens.read(tokens.for_one_click(7)) == {"subscriber_id": 7, "one_click": True}
    assert tokens.read(tokens.for_unsubscribing(7)) == {"subscriber_id": 7}
    wanted = {"address": "a@example.com", "topic_id": "news", "frequency": "daily"}
    assert tokens.read(tokens.for_subscription(*wanted.values())) == wanted


def test_a_token_is_good_for_a_week(hand_clock: HandClock) -> None:
    tokens = _tokens(hand_clock)
    token = tokens.for_subscriber(7)
    hand_clock.move(WEEK_S - 1)
    assert tokens.read(token) == {"subscriber_id": 7, "redirect": None}
    hand_clock.move(1)
    assert tokens.read(token) is None


def test_what_is_refused(hand_clock: HandClock) -> None:
    tokens = _tokens(hand_clock)
    good = tokens.for_subscriber(7)
    head, body, signature = good.split(".")
    now = hand_clock.at // SECOND
    claims = {"data": {"subscriber_id": 7}, "exp": now + 60, "iss": ROOT}

    def signed(*, algorithm: str = "HS256", **changed: object) -> str:
        return jwt.encode({**claims, **changed}, SECRET if algorithm != "none" else "", algorithm)

    assert tokens.read(signed()) == {"subscriber_id": 7}
    refused: list[str] = [
        *("", ".", "..", "a.b.c", "ä.b.c", f"{head}.{body}", f"{head}.{body}.", good * 40),
        f"{head}.{body}.{signature[::-1]}",
        signed(algorithm="none"),
        signed(algorithm="HS384"),
        signed(iss="https://elsewhere.example.org"),
        signed(exp=now),
        *(signed(exp=odd) for odd in WRONG_ENDS),
        *(signed(data=odd) for odd in WRONG_DATA),
        jwt.PyJWS().encode(b"[]", SECRET, "HS256"),
        jwt.PyJWS().encode(b"no json", SECRET, "HS256"),
        _tokens(hand_clock, secret=f"another {SECRET}").for_subscriber(7),
        _tokens(hand_clock, root="https://elsewhere.example.org").for_subscriber(7),
    ]
    for one in refused:
        assert tokens.read(one) is None, one


@pytest.mark.parametrize("secret", ["short", "ä" * 40])
def test_any_secret_will_do(hand_clock: HandClock, secret: str) -> None:
    tokens = _tokens(hand_clock, secret)
    assert tokens.read(tokens.for_unsubscribing(1)) == {"subscriber_id": 1}
