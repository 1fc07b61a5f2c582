"""Servers as processes, of which none outlives its test; and one that several tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.processes import Serving

Start = Callable[..., Serving]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Start a server on ``data``."""
    started: list[Serving] = []

    def begin(*words: str, **settings: str) -> Serving:
        started.append(Serving(data, *words, **settings))
        return started[-1]

    yield begin
    for one in started:
        one.kill()


class House:
    """A data folder on which the tests of a module start one server after the other.

    The path is too long for a socket's, so that the embedded Redis has to live elsewhere.
    """

    def __init__(self, folder: Path):
        deep = folder / ("d" * 60) / ("e" * 60)
        deep.mkdir(parents=True)
        self.data = deep / "data"
        self.first = Serving(self.data, "--welcome").up()
        self.now = self.first
        self._tokens: dict[str, str] = {}

    def up(self, *words: str) -> Serving:
        """The running server; started if the test before ended it."""
        if self.now.process.poll() is not None:
            self.now = Serving(self.data, *words).up()
        return self.now

    def token(self, name: str) -> str:
        """A token of this user, made once."""
        if name not in self._tokens:
            self._tokens[name] = self.up().token(name)
        return self._tokens[name]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.now.kill()
