"""A site for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from push import redis_listener
from tests.conftest import RunningClock, StoreUris, settings_for
from tests.sites import Site, within


@pytest.fixture(autouse=True)
def patient_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_listener, "SILENCE_S", 20.0)  # a busy machine is not what is tested


@pytest.fixture
def environ() -> dict[str, str]:
    """Settings of this test's site, as the environment gives them; modules may override it."""
    return {}


@pytest.fixture(params=["httptools", "tornado"])
def http(request: pytest.FixtureRequest) -> str:
    """Each of what may read HTTP: ``server.http``."""
    return str(request.param)


# Where every answer is held to the description of the API: together they ask all areas.
JUDGED = frozenset(
    f"test_{name}"
    for name in (
        *("inbox_send", "inbox_lists", "inbox_scheduled", "inbox_page", "inbox_settings"),
        *("inbox_blocked", "inbox_audiences", "inbox_numbered", "receipts", "mail", "limits"),
        *("live_trace", "live_connections", "live_changes", "announcements", "health"),
        *("announcements_seed", "announcements_sessions", "alert_lists", "alert_subscribers"),
        "alert_subscriptions",
        *("alert_accounts", "alert_posting", "alert_health", "alert_pages", "stage_upkeep"),
        "alert_overview",
        *("stages", "stage_files", "stage_subscriptions", "schedules", "schedule_failures"),
        *("schedules_refused", "schedule_webhooks", "seed_helpers", "seed_people"),
        *("account_letters", "preferences", "estates"),
        *("administration", "administration_parts", "audit_log", "broadcasts"),
        *("alert_digests", "alert_contents", "alert_ringing", "stages_keys", "schedule_keys"),
        *("inbox_marks", "inbox_deletes", "inbox_keys", "inbox_retention", "stage_sends"),
    )
)


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a test makes a site of its own."""
    monkeypatch.setattr(Site, "is_judged", request.path.stem in JUDGED)


@pytest.fixture
def site(
    io_loop: Any,
    store_uris: StoreUris,
    database_name: str,
    environ: dict[str, str],
    running_clock: RunningClock,
) -> Iterator[Site]:
    settings = settings_for(database_name, **environ)
    with within(io_loop, Site(settings, store_uris, wall=running_clock)) as made:
        yield made
