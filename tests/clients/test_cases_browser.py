"""The browser's client plays every case of the protocol that a browser can."""

import pytest

from tests.clients.browser_driver import BrowserDriver, Theatre
from tests.clients.cases import Case, load

CASES = [case for case in load() if BrowserDriver.offers.issuperset(case.needs)]

WAITS = """async (attempts) => {
    const {backoffMs} = await import("/web/carillon/http.js");
    return attempts.map((attempt) => Array.from({length: 200}, () => backoffMs(attempt)));
}"""
REMEMBERED = """async () => {
    const {Known} = await import("/web/carillon/known.js");
    const known = new Known(3);
    const take = (id, version) => known.take({kind: "message", id, version});
    for (const id of [1, 2, 3, 1, 4]) take(id, 1);
    return [1, 2, 3, 4].map((id) => known.get({kind: "message", id}) !== null);
}"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_browsers_client(theatre: Theatre, case: Case) -> None:
    theatre.play(case)


def test_waits_are_spread_between_half_and_whole(theatre: Theatre) -> None:
    whole_ms = [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]
    for waits, whole in zip(theatre.evaluate(WAITS, [1, 2, 3, 4, 5, 6, 60]), whole_ms, strict=True):
        assert whole / 2 <= min(waits) < 0.6 * whole
        assert 0.9 * whole < max(waits) <= whole


def test_what_was_not_heard_of_for_long_is_forgotten(theatre: Theatre) -> None:
    assert theatre.evaluate(REMEMBERED) == [True, False, True, True]
