"""The shard keys of docs/machines.md: for every collection, and no unique index contradicts one."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from carillon import Carillon
from embedded.stores import Endpoints
from tests.conftest import StoreUris, settings_for

ROOT = Path(__file__).parents[2]
ID = ("_id",)


def documented() -> list[tuple[str, dict[str, str] | None]]:
    """Patterns of names with their key: direction or kind by field; None: not sharded."""
    text = (ROOT / "docs/machines.md").read_text().partition("## MongoDB, sharded")[2]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    return [(name, _key(key)) for names, key in rows for name in re.findall("`(.+?)`", names)]


def _key(cell: str) -> dict[str, str] | None:
    if cell.strip() == "not sharded":
        return None
    return dict(re.findall(r"(\w+): ([\w\"]+)", cell))


def contradictions(key: dict[str, str], unique: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The unique indexes that a collection of this key could not have."""
    fields = tuple(key)
    is_hashed = '"hashed"' in key.values()
    return [one for one in unique if is_hashed or one[: len(fields)] != fields]


@pytest.mark.parametrize(
    ("key", "index", "holds"),
    [
        ({"user": "1"}, ("user", "notice"), True),
        ({"user": "1", "notice": "1"}, ("user", "notice"), True),
        ({"user": "1"}, ("notice", "user"), False),
        ({"user": "1", "notice": "1"}, ("user",), False),
        ({"user": '"hashed"'}, ("user", "notice"), False),
    ],
)
def test_a_unique_index_begins_with_the_whole_key(
    key: dict[str, str], index: tuple[str, ...], holds: bool
) -> None:
    assert (contradictions(key, [index]) == []) is holds


@pytest.mark.gen_test
async def test_the_documented_keys(store_uris: StoreUris, database_name: str) -> None:
    carillon = Carillon(
        settings_for(database_name), Endpoints(store_uris.mongodb, store_uris.redis)
    )
    found = {}
    try:
        await carillon.begin()
        motor: Any = carillon.database._database
        for name in named() | set(await motor.list_collection_names()):
            indexes = await motor[name].list_indexes().to_list(None)
            found[name] = [tuple(one["key"]) for one in indexes if one.get("unique")]
    finally:
        await carillon.database.drop()
        await carillon.end()
    assert sum(map(len, found.values())) > 10
    rows = documented()
    for name, unique in found.items():
        [(_, key)] = [row for row in rows if fnmatchcase(name, row[0])]
        assert key is None or not contradictions(key, unique), name
    for pattern, _ in rows:
        assert any(fnmatchcase(name, pattern) for name in found), f"there is no {pattern}"


def named() -> set[str]:
    """Collections that the sources name, also those that are made with their first document."""
    texts = [path.read_text() for path in (ROOT / "models").glob("*.py")]
    found = {
        name for text in texts for name in re.findall(r'\.(?:collection|bucket)\(\s*"(\w+)"', text)
    }
    assert len(found) > 40
    return found
