"""One browser for all cases."""

from collections.abc import Iterator

import pytest

from tests.clients.browser_driver import Theatre


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    with Theatre() as theatre:
        yield theatre
