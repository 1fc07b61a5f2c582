"""What an account's fields take."""

from collections.abc import Callable

import pytest

from domain import profiles
from domain.coercion import BLANK, NOT_A_STRING, NUL_CHARACTER, NULL, Refused


@pytest.mark.parametrize(
    ("rule", "value", "tidied"),
    [
        (profiles.username, " Heidi ", "Heidi"),
        (profiles.username, "Maria López", "Maria López"),
        (profiles.username, "x" * 254, "x" * 254),
        (profiles.email, " A.b+c@Example.org ", "A.b+c@Example.org"),
        (profiles.email, "a@localhost", "a@localhost"),
        (profiles.email, "a@müller.example", "a@müller.example"),
        (profiles.language, "pt-BR", "pt-BR"),
        (profiles.language, "zh-Hant-TW", "zh-Hant-TW"),
        (profiles.time_zone, "Europe/Berlin", "Europe/Berlin"),
        (profiles.time_zone, "UTC", "UTC"),
        (profiles.identity, 42, "42"),
        (profiles.new_password, " 8 chars ", " 8 chars "),
        (profiles.password, "x", "x"),
    ],
)
def test_taken(rule: Callable[[object], str], value: object, tidied: str) -> None:
    assert rule(value) == tidied


@pytest.mark.parametrize(
    ("rule", "value", "texts"),
    [
        (profiles.username, "", [BLANK]),
        (profiles.username, "a\tb", [profiles.NOT_A_USERNAME]),
        (profiles.username, "a\u200bb", [profiles.NOT_A_USERNAME]),
        (profiles.username, "x" * 255, [profiles.TOO_LONG.format(254)]),
        (profiles.email, None, [NULL]),
        (profiles.email, " ", [BLANK]),
        (profiles.email, ["a@x.de"], [NOT_A_STRING]),
        (profiles.email, "a\0@x.de", [NUL_CHARACTER, profiles.NOT_AN_EMAIL]),
        *[
            (profiles.email, wrong, [profiles.NOT_AN_EMAIL])
            for wrong in ("a", "a@", "@x.de", "a@b", "a b@x.de", "a..b@x.de", "a@-x.de", "a@x.c")
        ],
        (profiles.email, "a@" + "x" * 64 + ".de", [profiles.NOT_AN_EMAIL]),
        (profiles.email, "a" * 250 + "@x.de", [profiles.TOO_LONG.format(254)]),
        (profiles.language, "x", [profiles.NOT_A_LANGUAGE]),
        (profiles.language, "de_DE", [profiles.NOT_A_LANGUAGE]),
        (profiles.time_zone, "Mars/Base", [profiles.NOT_A_TIME_ZONE]),
        (profiles.time_zone, "../../etc/passwd", [profiles.NOT_A_TIME_ZONE]),
        (profiles.identity, "i" * 37, [profiles.TOO_LONG.format(36)]),
        (profiles.password, 12345678, [NOT_A_STRING]),
        (profiles.password, "", [BLANK]),
        (profiles.password, "\ud800", ["Surrogate characters are not allowed: U+D800."]),
        (profiles.password, "x" * 4_097, [profiles.TOO_LONG.format(4_096)]),
        (profiles.new_password, "1234567", [profiles.TOO_SHORT.format(8)]),
    ],
)
def test_refused(rule: Callable[[object], str], value: object, texts: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        rule(value)
    assert refused.value.texts == texts
