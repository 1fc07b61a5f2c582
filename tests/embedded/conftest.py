"""A data folder for each test, which has to be left without processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.folder import DataFolder
from tests.embedded.support import processes


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    yield DataFolder(tmp_path / "data")
    assert processes(tmp_path) == []
