"""A site for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from push import redis_broker
from tests.conftest import StoreUris, settings_for
from tests.sites import Site, within


@pytest.fixture(autouse=True)
def patient_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_broker, "SILENCE_S", 20.0)  # a busy machine is not what is tested


@pytest.fixture
def environ() -> dict[str, str]:
    """Settings of this test's site, as the environment gives them; modules may override it."""
    return {}


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, environ: dict[str, str]
) -> Iterator[Site]:
    with within(io_loop, Site(settings_for(database_name, **environ), store_uris)) as made:
        yield made
