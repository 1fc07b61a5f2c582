"""A key makes one effect and one answer, whoever repeats it and whatever died (hole H5)."""

from typing import Any

import pytest

from domain.errors import Conflict, KeyReused, OutcomeUnknown
from domain.records import Key
from tests.services.pairs import LEASE_S, Pair


def keyed(user: int, fingerprint: str = "f") -> dict[str, Any]:
    key = Key(user, "POST", "/messages/send/", "k")
    return {"key": key, "fingerprint": fingerprint}


@pytest.mark.gen_test
async def test_a_key_makes_one_effect_and_gives_the_same_answer(pair: Pair) -> None:
    more = keyed(pair.alice.id)
    one = await pair.send(**more)
    assert await pair.send(**more) == one
    await pair.first.changes.settle()
    again = await pair.second.send(pair.alice, "hello", pair.bob, **more)
    assert (one.answer, one.revision) == (again.answer, again.revision)
    assert await pair.has_one()
    with pytest.raises(KeyReused):
        await pair.second.send(pair.alice, "other", pair.bob, **keyed(pair.alice.id, "g"))


@pytest.mark.gen_test
async def test_a_key_whose_first_request_still_runs_is_a_conflict_until_its_lease_is_over(
    pair: Pair,
) -> None:
    more = keyed(pair.alice.id)
    await pair.leave(**more)
    with pytest.raises(Conflict):
        await pair.second.send(pair.alice, "hello", pair.bob, **more)
    pair.clock.move(LEASE_S + 1)
    answer = await pair.second.send(pair.alice, "hello", pair.bob, **more)
    assert answer.answer == {"recipient_ids": [pair.bob.id], "content": "hello"}
    assert await pair.has_one()


@pytest.mark.gen_test
async def test_an_acknowledgement_that_was_lost_can_be_repeated_under_its_key(pair: Pair) -> None:
    """The outcome is unknown, and repeating has one effect."""
    more = keyed(pair.alice.id)
    real = pair.first.records.add

    async def lose(record: Any) -> None:
        await real(record)
        raise OutcomeUnknown

    pair.patch.setattr(pair.first.records, "add", lose)
    with pytest.raises(OutcomeUnknown):
        await pair.send(**more)
    pair.clock.move(LEASE_S + 1)
    await pair.second.send(pair.alice, "hello", pair.bob, **more)
    assert await pair.has_one()
