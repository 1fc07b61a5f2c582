"""Counting metrics, and firing them to a service on a real socket (stages contract, 3.6)."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from domain.metrics import of_set
from push.metrics import MetricsService
from push.outbound import Outbound
from services.metrics import AGAIN_S, Metrics
from tests.receivers import Receiver, Reply


@asynccontextmanager
async def metrics_at(url: str, *pair: str) -> AsyncIterator[Metrics]:
    outbound = Outbound(None, timeout_s=5)
    user, password = pair or (None, None)
    yield Metrics(MetricsService(outbound, url, user, password))
    await outbound.close()


@pytest.mark.parametrize(
    ("content_type", "short_name", "name"),
    [
        ("text", "messageset_one", "message.text.messageset_one.sum"),
        ("audio", "--pre birth: mother's--", "message.audio.pre_birth_mother_s.sum"),
        ("text", "dé", "message.text.dé.sum"),
    ],
)
def test_names_of_sets(content_type: str, short_name: str, name: str) -> None:
    assert of_set(content_type, short_name) == (name, f"message.{content_type}.sum")


@pytest.mark.gen_test
async def test_what_was_counted_is_fired_as_one_number() -> None:
    async with Receiver() as receiver, metrics_at(receiver.url("/base/"), "u", "p:w") as metrics:
        nudges: list[None] = []
        metrics.nudge = lambda: nudges.append(None)
        metrics.count("a.sum")
        metrics.count("a.sum", 2)
        metrics.say("b.last", 5)
        metrics.say("b.last", 4)
        assert len(nudges) == 4
        assert await metrics.flush() is None
        assert [(one.method, one.path, one.json) for one in receiver.got] == [
            ("POST", "/base/metrics/", {"a.sum": 3.0}),
            ("POST", "/base/metrics/", {"b.last": 4.0}),
        ]
        headers = receiver.got[0].headers
        assert headers["Content-Type"] == "application/json"
        assert headers["Authorization"] == "Basic " + b64encode(b"u:p:w").decode()
        await metrics.flush()
        metrics.count("a.sum")
        await metrics.flush()
        assert receiver.got[2].json == {"a.sum": 1.0}, "no more than is new"
        assert (metrics.counted(), metrics.said()) == ({"a.sum": 4.0}, {"b.last": 4.0})


@pytest.mark.gen_test
@pytest.mark.expects_log("the metrics service did not take")
async def test_what_is_not_taken_waits(caplog: pytest.LogCaptureFixture) -> None:
    async with Receiver() as receiver, metrics_at(receiver.url("")) as metrics:
        receiver.answers = [Reply(503), Reply(502), Reply(400)]
        metrics.count("a.sum", 2)
        assert await metrics.flush() == AGAIN_S
        metrics.count("a.sum")
        metrics.say("b.last", 1)
        assert await metrics.flush() == AGAIN_S
        assert await metrics.flush() is None, "what is wrong for ever does not wait"
        names = [next(iter(one.json.items())) for one in receiver.got]
        assert names == [("a.sum", 2.0), ("a.sum", 3.0), ("b.last", 1.0), ("a.sum", 3.0)]
        await metrics.flush()
        assert len(receiver.got) == 4
        assert len(caplog.records) == 1
        assert "Authorization" not in receiver.got[0].headers


@pytest.mark.gen_test
async def test_without_a_service_it_is_counted_alone() -> None:
    metrics = Metrics()
    metrics.count("a.sum")
    assert await metrics.flush() is None
    assert metrics.counted() == {"a.sum": 1}
