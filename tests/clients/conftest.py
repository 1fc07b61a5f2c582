"""One browser for all cases, and a site for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.clients.browser_driver import Theatre
from tests.handlers.conftest import environ, patient_link, site

__all__ = ["environ", "patient_link", "site", "theatre"]


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    with Theatre() as theatre:
        yield theatre
