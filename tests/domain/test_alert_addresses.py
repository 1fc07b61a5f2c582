"""Subscribers' addresses: the contract's table (alerts contract, 2.2)."""

import pytest

from domain.alert_addresses import is_address, is_smoke_test, key_of

GOOD = [
    "email@example.com",
    "firstname.lastname@example.com",
    "email@subdomain.example.com",
    "firstname+lastname@example.com",
    "email@123.123.123.123",
    "email@[123.123.123.123]",
    "email@[2001:0db8:85a3:0000:0000:8a2e:0370:7334]",
    '"email"@example.com',
    "1234567890@example.com",
    "email@example-one.com",
    "_______@example.com",
    "firstname-lastname@example.com",
    "jürgen@exämple.de",
]
BAD = [
    *("", " ", "me", "me@localhost", "me@.invalid", "@example.com", "me@", "me@[]", "a@b@c.d"),
    *("foo@bar.com\nfoo@baz.com", "foo@bar.com\n", "foo @ bar.com", "foo@bar.com,foo@baz.com"),
    *("foo@bar.com\x00", "foo\u00a0@bar.com", "\u202efoo@bar.com", f"{'a' * 320}@example.com"),
]


@pytest.mark.parametrize("text", GOOD)
def test_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_letters_do_not_tell_addresses_apart() -> None:
    assert key_of("Foo@Bar.COM") == key_of("foo@bar.com") != key_of("fo@bar.com")


def test_addresses_of_smoke_tests() -> None:
    assert is_smoke_test("simulate-delivered@Notifications.Service.Gov.UK")
    assert not is_smoke_test("someone@notifications.service.gov.uk.example.com")
    assert not is_smoke_test("someone@xnotifications.service.gov.uk")
