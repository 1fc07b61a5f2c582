"""An idle connection stays small: what Tornado needed for one is let go."""

import pytest

from benchmarks.idle import ours
from tests.conftest import StoreUris

MOST_KIB = 14.0  # some 5.5 are used; stock Tornado's way costs 14, and a window of zlib more


@pytest.mark.timeout(120)
def test_connections_that_do_nothing_are_small(store_uris: StoreUris) -> None:
    uris = {"mongodb": store_uris.mongodb, "redis": store_uris.redis}
    (plain,), (compressing,), _ = ours([350], 0.3, uris, each=4)
    assert 1.0 < plain.kib_each < MOST_KIB
    assert 1.0 < compressing.kib_each < MOST_KIB
