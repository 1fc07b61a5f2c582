"""Processes without doors over one database, whose clock is moved by hand."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.conftest import HandClock, StoreUris
from tests.services.houses import House
from tests.services.pairs import Pair
from tests.sites import within


@pytest.fixture
def house(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[House]:
    with within(io_loop, House(database_name, store_uris, hand_clock)) as made:
        yield made


@pytest.fixture
def two(
    io_loop: Any, house: House, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[tuple[House, House]]:
    """Two processes over one database."""
    with within(io_loop, House(database_name, store_uris, hand_clock)) as other:
        yield house, other


@pytest.fixture
def pair(
    io_loop: Any,
    two: tuple[House, House],
    hand_clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Pair:
    """The two, and two people."""
    first, second = two
    alice, bob = [io_loop.run_sync(partial(first.user, name)) for name in ("alice", "bob")]
    return Pair(first, second, alice, bob, hand_clock, monkeypatch)
