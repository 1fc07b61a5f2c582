"""The command line for schedules, over real stores and processes' parts."""

import json
from typing import Any

import pytest

from commands.line import parser
from commands.verbs import carry_out
from tests.conftest import HandClock, StoreUris
from tests.receivers import Receiver
from tests.services.houses import House


async def run(house: House, *words: str) -> int:
    return await carry_out(parser().parse_args(["schedules", *words]), house.app)


@pytest.mark.gen_test
async def test_listing_asking_and_firing(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with House(database_name, store_uris, hand_clock) as house, Receiver() as receiver:
        assert await run(house, "list") == 0
        assert capsys.readouterr().out == "none\n"
        given: dict[str, Any] = {
            "cron_definition": "30 2 * * *",
            "time_zone": "Europe/Berlin",
            "endpoint": receiver.url(),
            "auth_token": "secret",
        }
        made = await house.app.schedules.create(None, given)
        assert await run(house, "list", "--json") == 0
        assert json.loads(capsys.readouterr().out) == [
            {
                "id": made.id,
                "next_send_at": "2027-01-16T01:30:00Z",
                "enabled": True,
                "cron_definition": "30 2 * * *",
                "interval_definition": None,
                "time_zone": "Europe/Berlin",
                "endpoint": receiver.url(),
            }
        ]
        assert await run(house, "next", str(made.id), "--count", "80", "--json") == 0
        rows = json.loads(capsys.readouterr().out)
        assert len(rows) == 80
        assert rows[0]["local"] == "2027-01-16T02:30:00+01:00"
        assert [row["at"] for row in rows if row["reason"]] == ["2027-03-28T01:30:00Z"]
        assert await run(house, "fire", str(made.id)) == 0
        assert capsys.readouterr().out == f"Schedule {made.id} fires now.\n"
        await house.carillon.start_loops()
        (got,) = await receiver.has(1)
        assert got.headers["Authorization"] == "Token secret"
        for verb in ("next", "fire"):
            assert await run(house, verb, "777") == 1
            assert capsys.readouterr().err == "There is no schedule 777.\n"


@pytest.mark.parametrize(
    "words",
    [["next"], ["next", "x"], ["next", "1", "--count", "0"], ["next", "1", "--count", "1001"], []],
)
def test_wrong_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["schedules", *words])
    assert ended.value.code == 2
