"""The cap on e-mails per minute, shared by processes."""

import pytest

from domain.clock import MINUTE, SECOND, Clock
from models.database import Database
from models.mail_rates import MailRates
from services.mail_cap import SPREAD_US, Cap
from tests.conftest import HandClock, StoreUris


@pytest.mark.gen_test
async def test_two_processes_share_a_stretch_and_the_rest_comes_later(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    database = Database(store_uris.mongodb, database_name)
    clock = Clock(hand_clock)
    caps = [Cap(MailRates(database).take, clock, 40) for _ in range(2)]
    for _ in range(3):
        answers = [await caps[n % 2].ask() for n in range(60)]
        assert answers.count(None) == 40
        later = [one for one in answers if one is not None]
        assert all(50 * SECOND <= one < MINUTE + SPREAD_US for one in later)
        assert len(set(later)) > 10, "not all at once"
        hand_clock.move(10)
        assert [await cap.ask() is None for cap in caps] == [False, False]
        hand_clock.move(50)
    database.close()
