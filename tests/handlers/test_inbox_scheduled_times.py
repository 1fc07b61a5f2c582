"""At which times a send may leave, and what is said of others."""

from typing import Any

import pytest

from tests.conftest import RunningClock
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox, with_settings
from tests.handlers.scheduled_calls import (
    ONE_TIME,
    all_left,
    contents,
    got,
    in_seconds,
    later,
    patched,
)
from tests.sites import Site

LATER = "2999-01-01T09:00"
REFUSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"send_at": "2020-01-01T00:00:00Z"}, {"send_at": ["This instant is past."]}),
    ({"send_at": "2999-01-01T00:00:00"}, {"send_at": [pytest.approx]}),
    ({"send_at": "2999-01-01"}, {"send_at": [pytest.approx]}),
    ({"send_at": "soon"}, {"send_at": [pytest.approx]}),
    ({"send_at": 5}, {"send_at": [pytest.approx]}),
    ({"send_at": "2999-02-30T00:00:00Z"}, {"send_at": [pytest.approx]}),
    ({"send_at_local": LATER}, {"time_zone": ["This field is required."]}),
    ({"time_zone": "Europe/Berlin"}, {"send_at_local": ["This field is required."]}),
    (
        {"send_at_local": LATER, "time_zone": "Mars/Olympus"},
        {"time_zone": ["Enter a valid time zone, for example Europe/Berlin."]},
    ),
    (
        {"send_at_local": LATER + "Z", "time_zone": "Europe/Berlin"},
        {"send_at_local": [pytest.approx]},
    ),
    (
        {"send_at_local": "2020-01-01T09:00", "time_zone": "Europe/Berlin"},
        {"send_at_local": ["This instant is past."]},
    ),
    (
        {"send_at_local": "2020-01-01T09:00", "time_zone": "recipient"},
        {"send_at_local": ["This local time is past in every time zone."]},
    ),
    (
        {"send_at_local": "9999-01-01T09:00", "time_zone": "Europe/Berlin"},
        {"send_at_local": [pytest.approx]},
    ),
    (
        {"send_at": "2999-01-01T00:00:00Z", "time_zone": "Europe/Berlin"},
        {"non_field_errors": [ONE_TIME]},
    ),
    (
        {"send_at": "soon", "content": ""},
        {"content": ["This field may not be blank."], "send_at": [pytest.approx]},
    ),
    (
        {"send_at": "2999-01-01T00:00:00Z", "recipient_ids": [999]},
        {"recipient_ids": [pytest.approx]},
    ),
]


@pytest.mark.gen_test(timeout=60)
async def test_wrong_times_are_refused_with_the_field_named_and_nothing_is_kept(
    site: Site,
) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await later(site, alice, send_at=in_seconds(site, 3600), recipient_ids=[bob.id])
    before = await got(site, alice)
    for body, problems in REFUSED:
        whole = {"content": "x", "recipient_ids": [bob.id], **body}
        posted = await Inbox(site, MESSAGE).send(alice, whole)
        for answer in (posted, await patched(site, alice, path, **body)):
            assert answer.status == 400, (body, answer)
            assert answer.json.keys() == problems.keys(), (body, answer)
            for field, texts in problems.items():
                assert texts == [pytest.approx] or answer.json[field] == texts, (body, answer)
    assert await got(site, alice) == before


@pytest.mark.gen_test(timeout=40)
async def test_an_expiry_must_be_after_it(site: Site) -> None:
    admin = await site.admin()
    at, after = in_seconds(site, 100), in_seconds(site, 200)
    body = {"content": "x", "audience": "everyone", "send_at": at, "expires_at": at}
    answer = await Inbox(site, NOTICE).send(admin, body)
    wrong = {"expires_at": ["Must be later than the time of sending."]}
    assert (answer.status, answer.json) == (400, wrong)
    path = await later(site, admin, NOTICE, audience="everyone", send_at=at, expires_at=after)
    for edit in ({"expires_at": at}, {"send_at": after}):
        answer = await patched(site, admin, path, **edit)
        assert (answer.status, answer.json) == (400, wrong)


@with_settings(participant_key="username", recipients="strict")
@pytest.mark.gen_test(timeout=40)
async def test_people_may_be_named_by_their_names(site: Site, running_clock: RunningClock) -> None:
    alice, bob = await site.people("alice", "bob")
    path = await later(site, alice, send_at=in_seconds(site, 60), recipient_usernames=["bob"])
    assert (await got(site, alice, path))["recipients"] == [{"username": "bob"}]
    answer = await patched(site, alice, path, recipient_usernames=["bob", "nobody"])
    assert answer.json == {"recipient_usernames": ["Invalid recipients: nobody."]}
    running_clock.move(60)
    await all_left(site, alice)
    assert await contents(site, bob) == ["later"]


@pytest.mark.gen_test(timeout=40)
async def test_clock_changes_have_clear_answers(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    for local, instant, reason in [
        ("2037-03-29T02:30", "2037-03-29T01:30:00Z", "gap_shifted"),
        ("2037-10-25T02:30:00", "2037-10-25T00:30:00Z", "overlap_first"),
        ("2037-06-01T09:00:00.5", "2037-06-01T07:00:00.500000Z", None),
    ]:
        path = await later(
            site,
            alice,
            send_at_local=local,
            time_zone="Europe/Berlin",
            recipient_ids=[bob.id],
        )
        shown = await got(site, alice, path)
        assert (shown["send_at"], shown["reason"]) == (instant, reason)
        assert shown["time_zone"] == "Europe/Berlin"
        assert shown["send_at_local"].startswith(local.rstrip("05:."))
