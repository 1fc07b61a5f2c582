"""The check of dependencies finds what it is for."""

from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from tools import dependencies


class Package(Distribution):
    """An installed package that says this of itself."""

    def __init__(self, version: str, said: str, *needs: str):
        self._said = {"version": version, "license": said}
        self._needs = list(needs)

    @property
    def version(self) -> str:
        return self._said["version"]

    @property
    def metadata(self) -> Any:
        made = Message()
        made["License"] = self._said["license"]
        return made

    @property
    def requires(self) -> list[str]:
        return self._needs

    def read_text(self, filename: str) -> str | None:
        return None

    def locate_file(self, path: Any) -> Any:
        return Path(path)


def test_what_is_wrong_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("good==1.0\nloose>=1\nother==2.0  # why\n")
    (tmp_path / "requirements-embedded.txt").write_text("closed==1.0\ngood==1.1\n")
    (tmp_path / "requirements-dev.txt").write_text('gone==1.0; python_version < "3"\nhere==1\n')
    packages = {
        "good": Package("1.1", "MIT", "other>1", 'windows; sys_platform == "win32"'),
        "other": Package("2.0", "BSD-3-Clause", "missing[x]>=1", 'extra; extra == "all"'),
        "closed": Package("1.0", "Proprietary"),
    }

    def distribution(name: str) -> Package:
        if name not in packages:
            raise PackageNotFoundError(name)
        return packages[name]

    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    monkeypatch.setattr(dependencies, "distribution", distribution)
    assert dependencies.problems() == [
        "requirements.txt:2: not one exact version: loose>=1",
        "requirements-embedded.txt:2: good has another version elsewhere",
        "closed: licence not known to be fine: Proprietary",
        "here: not installed",
        "other: needs missing, which no requirements file names",
    ]
