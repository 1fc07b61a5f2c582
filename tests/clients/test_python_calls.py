"""How a program may call the Python client: slowly, by polling, twice, wrongly."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from carillon_client import Carillon, Change, Ended, Event, Failed, Reset, SignedOut, Timing
from carillon_client.known import Known
from carillon_client.timing import Backoff, retry_after_s

from tests.clients.calls import Call
from tests.clients.cases import written_out
from tests.clients.stage import Conversation, Stage
from tests.sites import until

FAST = Timing(scale=0.02)


async def taken(stage: Stage, *frames: Mapping[str, object]) -> Conversation:
    """Accept the next handshake and say something."""
    async with asyncio.timeout(5):
        conversation = stage.converse(await stage.dialled.get())
    assert isinstance(conversation, Conversation)
    for frame in frames:
        conversation.say(json.dumps(written_out(frame)))
    return conversation


async def following(events: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(5):
        return await anext(events)


async def name_of_next(events: AsyncIterator[Change | Reset]) -> str:
    event = await following(events)
    assert isinstance(event, Change), event
    return f"{event.kind}/{event.id}"


@pytest.mark.gen_test
async def test_who_is_slow_is_sent_no_more_and_loses_nothing() -> None:
    count, padding = 200, "x" * 100_000

    async def flood(conversation: Conversation) -> None:
        for number in range(1, count + 1):
            frame = written_out({"change": f"message/{number}", "item": {"content": padding}})
            conversation.say(json.dumps(frame))
            await conversation.call.writer.drain()
            said.append(number)

    said: list[int] = []
    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        changes = carillon.changes()
        first = asyncio.create_task(name_of_next(changes))
        flooding = asyncio.create_task(flood(await taken(stage, {"hello": "c1"})))
        names = [await first]
        seen = -1
        while seen != len(said):
            seen = len(said)
            await asyncio.sleep(0.2)
        assert seen < count / 2
        names += [await name_of_next(changes) for _ in range(count - 1)]
        await flooding
    assert names == [f"message/{number}" for number in range(1, count + 1)]


@pytest.mark.gen_test
async def test_who_polls_loses_nothing_and_notices_a_dead_line() -> None:
    async with Stage() as stage, Carillon(stage.base, "token", timing=FAST) as carillon:
        changes = carillon.changes()
        names: list[str] = []

        async def poll() -> None:
            while len(names) < 3:
                with suppress(TimeoutError):
                    names.append(await asyncio.wait_for(name_of_next(changes), 0.001))

        polling = asyncio.create_task(poll())
        await taken(stage, {"hello": "c1", "ping": 3}, {"change": "message/1"})
        again = {"change": "message/1"}, {"change": "message/2"}
        conversation = await taken(stage, {"hello": "c1"}, *again)
        conversation.say(json.dumps(written_out({"change": "message/3"})))
        async with asyncio.timeout(5):
            await polling
    assert names == ["message/1", "message/2", "message/3"]


@pytest.mark.gen_test
async def test_who_polls_a_living_line_keeps_it() -> None:
    async def poll() -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(name_of_next(changes), 0.005)

    async with Stage() as stage, Carillon(stage.base, "token", timing=FAST) as carillon:
        changes = carillon.changes()
        polling = asyncio.create_task(poll())
        conversation = await taken(stage, {"hello": "c1", "ping": 3})
        for _ in range(8):
            await asyncio.sleep(0.05)
            conversation.say(json.dumps(written_out({"ping": "c2"})))
        assert stage.dialled.empty()
        assert conversation.is_open
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


@pytest.mark.gen_test
async def test_one_loop_at_a_time_and_another_goes_on() -> None:
    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        waiting = asyncio.create_task(name_of_next(carillon.changes()))
        conversation = await taken(stage, {"hello": "c1"})
        with pytest.raises(RuntimeError, match="another loop"):
            await anext(carillon.changes())
        conversation.say(json.dumps(written_out({"change": "message/1"})))
        assert await waiting == "message/1"
        conversation.say(json.dumps(written_out({"change": "message/2"})))
        assert await name_of_next(carillon.changes()) == "message/2"


@pytest.mark.gen_test
async def test_closing_ends_a_loop_wherever_it_is() -> None:
    async def names(carillon: Carillon) -> list[str]:
        changes = [one async for one in carillon.changes()]
        return [f"{one.kind}/{one.id}" for one in changes if isinstance(one, Change)]

    async with Stage() as stage:
        online, waiting = (Carillon(stage.base, "token") for _ in range(2))
        loops = [asyncio.create_task(names(online))]
        await taken(stage, {"hello": "c1"}, {"change": "message/1"})
        loops.append(asyncio.create_task(names(waiting)))
        async with asyncio.timeout(5):
            (await stage.dialled.get()).cut()
        await until(lambda: online.is_online and not waiting.is_online)
        await online.close()
        await waiting.close()
        await waiting.close()
        async with asyncio.timeout(2):
            assert await asyncio.gather(*loops) == [["message/1"], []]


@pytest.mark.gen_test
async def test_an_end_stays_one() -> None:
    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        events = carillon.events()
        waiting = asyncio.create_task(following(events))
        (await taken(stage, {"hello": "c1"})).close(3503)
        with pytest.raises(Ended) as end:
            await waiting
        assert end.value.code == 3503
        with pytest.raises(Ended):
            await following(events)


@pytest.mark.gen_test
async def test_a_token_may_come_from_a_coroutine() -> None:
    tokens = iter(["one", "two"])

    async def token() -> str:
        await asyncio.sleep(0)
        return next(tokens)

    def answer(call: Call) -> None:
        asked.append(call.headers["authorization"])
        call.answer(401 if len(asked) == 1 else 404)

    asked: list[str] = []
    async with Stage() as stage, Carillon(stage.base, token) as carillon:
        stage.house["GET", "/inbox/items/"] = answer
        with pytest.raises(Failed) as failed:
            await carillon.items()
    assert failed.value.status == 404
    assert asked == ["Token one", "Token two"]


@pytest.mark.gen_test
async def test_a_token_that_is_not_good_says_so() -> None:
    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        stage.house["POST", "/messages/send/"] = lambda call: call.answer(401)
        with pytest.raises(SignedOut):
            await carillon.send("Hello", [2])


@pytest.mark.gen_test
async def test_a_redirect_is_not_followed() -> None:
    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        elsewhere = {"Location": "http://127.0.0.1:9/"}
        stage.house["GET", "/inbox/items/"] = lambda call: call.answer(302, elsewhere)
        with pytest.raises(Failed) as failed:
            await carillon.items()
    assert failed.value.status == 302


@pytest.mark.gen_test
async def test_notices_have_recipients_or_an_audience() -> None:
    bodies: list[object] = []

    def answer(call: Call) -> None:
        bodies.append(call.json)
        call.answer(201, {}, {})

    async with Stage() as stage, Carillon(stage.base, "token") as carillon:
        stage.house["POST", "/notices/send/"] = answer
        await carillon.notify("one", recipient_ids=[2])
        await carillon.notify("all", audience="everyone", expires_at="2030-01-01T00:00:00Z")
    expiring = {"audience": "everyone", "expires_at": "2030-01-01T00:00:00Z"}
    assert bodies == [{"content": "one", "recipient_ids": [2]}, {"content": "all", **expiring}]


@pytest.mark.gen_test
async def test_the_device_stands_in_the_address() -> None:
    async with Stage() as stage, Carillon(stage.base, "token", device="a phone") as carillon:
        waiting = asyncio.create_task(name_of_next(carillon.changes()))
        async with asyncio.timeout(5):
            call = await stage.dialled.get()
        assert call.query == [("device", "a phone")]
        conversation = stage.converse(call)
        for frame in ({"hello": "c1"}, {"change": "message/1"}):
            conversation.say(json.dumps(written_out(frame)))
        assert await waiting == "message/1"


@pytest.mark.parametrize("address", ["", "127.0.0.1:8000", "ftp://example.org", "https://"])
def test_an_address_is_checked_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        Carillon(address, "token")


@pytest.mark.parametrize("state", ["", "7", "{}", '{"cursor": "c"}', '{"cursor": 1, "known": [1]}'])
def test_a_state_is_checked_at_once(state: str) -> None:
    with pytest.raises(ValueError, match="not a state"):
        Carillon("http://127.0.0.1", "token", state=state)


def test_waits_are_spread_between_half_and_whole() -> None:
    spread = [Backoff(Timing(), random.Random(seed)) for seed in range(200)]
    for whole in (0.5, 1, 2, 4, 8, 10, 10):
        waits = [backoff.next_s() for backoff in spread]
        assert whole / 2 <= min(waits) < 0.6 * whole
        assert 0.9 * whole < max(waits) <= whole
    assert all(0.05 <= Backoff(Timing()).next_s(soon=True) <= 0.4 for _ in range(50))


def test_what_was_not_heard_of_for_long_is_forgotten() -> None:
    known = Known(3)
    assert [known.take(("message", n), 1) for n in (1, 2, 3, 1, 4)] == [True] * 3 + [False, True]
    assert known.as_rows() == [("message", 3, 1), ("message", 1, 1), ("message", 4, 1)]


def test_retry_after_is_seconds_or_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    asked = [None, "", "7", "7.5", "-1", "soon", "²", "9999", "Thu, 01 Jan 1970 00:00:00 GMT"]
    assert [retry_after_s(text) for text in asked] == [0, 0, 7, 0, 0, 0, 0, 60, 0]
    assert 25 < retry_after_s(later) <= 30
