"""Confirming an address and resetting a password, by links in e-mails that are really caught."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.alert_calls import FORM
from tests.handlers.alert_posts import NOW, caught
from tests.sites import Answer, Person, Site

EMAIL, RESET = "/account/email/", "/account/password/reset/"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, clock: HandClock
) -> Iterator[Site]:
    made = Site(settings_for(database_name), store_uris, wall=clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def link(site: Site, address: str, count: int = 1) -> str:
    """Path and query of the link in the newest e-mail to an address."""
    letters = await caught(site, address, count)
    newest = max(letters, key=lambda one: one.caught.id)
    found = re.search(r"https?://\S+", newest.text)
    assert found is not None, newest.text
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}"


async def submit(site: Site, path: str, **fields: str) -> Answer:
    """The form on the page of a link."""
    page, _, query = path.partition("?")
    given = {"token": query.removeprefix("token="), **fields}
    return await site.request("POST", page, body=urlencode(given).encode(), headers=FORM)


async def address_of(site: Site, who: Person) -> tuple[str, bool]:
    shown = (await site.request("GET", "/account/", who)).json
    return shown["email"], shown["email_verified"]


@pytest.mark.gen_test
async def test_an_address_is_confirmed_by_its_link(site: Site, clock: HandClock) -> None:
    ann = await site.person("ann", email="old@example.org", email_verified=True)
    bob, admin = await site.person("bob"), await site.admin()
    assert (await site.request("POST", EMAIL, body={"email": "x@example.org"})).status == 401
    for body, problems in [
        ({}, {"email": ["This field is required."]}),
        ({"email": "x"}, {"email": ["Enter a valid email address."]}),
    ]:
        answer = await site.request("POST", EMAIL, ann, body=body)
        assert (answer.status, answer.json) == (400, problems)

    for person in (ann, bob):
        answer = await site.request("POST", EMAIL, person, body={"email": "New@example.org"})
        assert (answer.status, answer.json) == (202, {"email": "New@example.org"})
        await caught(site, "New@example.org", 1 if person is ann else 2)
    assert await address_of(site, ann) == ("old@example.org", True)
    letters = await caught(site, "New@example.org", 2)
    first, second = (
        next(one for one in letters if f"as {name} " in one.text) for name in ("ann", "bob")
    )
    paths = []
    for letter in (first, second):
        assert letter.caught.subject == "Confirm your e-mail address"
        found = re.search(r"https?://[^/]+(\S+)", letter.text)
        assert found is not None
        paths.append(found[1])

    page = await site.request("GET", paths[0])
    assert page.status == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert b"New@example.org" in page.body
    assert await address_of(site, ann) == ("old@example.org", True)
    done = await submit(site, paths[0])
    assert (done.status, b"It is New@example.org from now on" in done.body) == (200, True)
    assert await address_of(site, ann) == ("New@example.org", True)
    (told,) = await caught(site, "old@example.org")
    assert told.caught.subject == "Your e-mail address was changed"
    for again in (await submit(site, paths[0]), await site.request("GET", paths[0])):
        assert (again.status, b"This link was used" in again.body) == (400, True)

    # It is nobody else's now, in whatever letters and by whatever way.
    taken = await submit(site, paths[1])
    assert (taken.status, b"another account" in taken.body) == (409, True)
    given = {"email": "NEW@example.org", "email_verified": True}
    answer = await site.request("PATCH", f"/accounts/users/{bob.id}/", admin, body=given)
    assert (answer.status, answer.json) == (409, {"detail": "This address is another account's."})
    answer = await site.request("POST", "/accounts/users/", admin, body={"username": "c", **given})
    assert answer.status == 409
    assert await site.app.accounts.store.users.by_username("c") is None

    # An hour, and no longer; not too often.
    for number in range(3):
        body = {"email": f"n{number}@example.org"}
        assert (await site.request("POST", EMAIL, ann, body=body)).status == (202, 202, 429)[number]
    late = await link(site, "n1@example.org")
    clock.move(3_601)
    assert (await submit(site, late)).status == 400


@pytest.mark.gen_test
async def test_a_password_is_reset_by_its_link(site: Site, clock: HandClock) -> None:
    accounts = site.app.accounts
    ann = await site.person("ann", email="ann@example.org", email_verified=True)
    await site.person("bob", email="bob@example.org")  # nobody knows whether it is his
    await accounts.set_password(ann.id, "forgotten")
    signed = await site.request(
        "POST", "/session", body={"username": "ann", "password": "forgotten"}
    )
    cookie = {"Cookie": signed.headers["Set-Cookie"].partition(";")[0]}
    assert (await site.request("GET", "/session", headers=cookie)).status == 200

    one = {"non_field_errors": ["Give either username or email."]}
    for odd in ({}, {"username": "ann", "email": "ann@example.org"}):
        answer = await site.request("POST", RESET, body=odd)
        assert (answer.status, answer.json) == (400, one)
    for body in (
        {"username": "ann"},
        {"username": "nobody"},
        {"username": "bob"},
        {"email": "bob@example.org"},
        {"email": "ANN@example.org"},
    ):
        answer = await site.request("POST", RESET, body=body)
        assert (answer.status, answer.json) == (202, {})
    first, other = [
        "/account/password/new?" + found[1]
        for letter in await caught(site, "ann@example.org", 2)
        if (found := re.search(r"/account/password/new\?(\S+)", letter.text))
    ]
    assert await site.app.later.wait(None, 10)
    assert await site.app.mail.caught.listed("bob@example.org") == []

    assert (await site.request("GET", first)).status == 200
    short = await submit(site, first, password="short")
    assert (short.status, b"at least 8 characters" in short.body) == (422, True)
    answers = await asyncio.gather(
        *(submit(site, first, password=f"remembered {n}") for n in range(2))
    )
    assert sorted(one.status for one in answers) == [200, 400]
    good = [one.status for one in answers].index(200)
    for password, status in (("forgotten", 401), (f"remembered {good}", 200)):
        body = {"username": "ann", "password": password}
        assert (await site.request("POST", "/session", body=body)).status == status
    assert (await site.request("GET", "/session", headers=cookie)).status == 401
    for used in (first, other):
        assert (await submit(site, used, password="again and again")).status == 400
    assert (await site.request("GET", "/account/", ann)).status == 200  # tokens go on

    # A link is no more good once its address is not his any more.
    await site.request("POST", RESET, body={"username": "ann"})
    third = await link(site, "ann@example.org", 3)
    edit = {"email": "else@example.org"}
    assert (await site.request("PATCH", "/account/", ann, body=edit)).status == 200
    assert (await submit(site, third, password="again and again")).status == 400
