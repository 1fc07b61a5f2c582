"""Spans go to a collector: request, record, effects, publishing and job, each under its cause."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from push import otlp
from services import spans
from settings import SettingError
from tests.conftest import StoreUris, settings_for
from tests.sites import Site, until

CALLER = f"00-{'ab' * 16}-{'cd' * 8}-01"

UNDER_WAY = 512  # spans in one export, beside those that wait: the library's own figure


class Collector(RequestHandler):
    """Takes what OTLP exporters send, as the real one does."""

    def initialize(self, spans: list[Any]) -> None:
        self._spans = spans

    def post(self) -> None:
        told = ExportTraceServiceRequest.FromString(self.request.body)
        for resource in told.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            assert names["service.name"] == "carillon"
            self._spans.extend(one for scope in resource.scope_spans for one in scope.spans)
        self.set_header("Content-Type", "application/x-protobuf")


def collector(found: list[Any]) -> HTTPServer:
    """Puts what it is told into the list; listens nowhere yet."""
    return HTTPServer(Application([("/v1/traces", Collector, {"spans": found})]))


@pytest.fixture
def collected(io_loop: Any) -> Iterator[tuple[int, list[Any]]]:
    """The port of a collector, and what it was told."""
    found: list[Any] = []
    server = collector(found)
    listening, port = bind_unused_port()
    server.add_socket(listening)
    yield port, found
    server.stop()
    io_loop.run_sync(server.close_all_connections)


def way(found: list[Any], name: str) -> list[str]:
    """The names from this span up to the one without a cause here."""
    by_id, names = {one.span_id: one for one in found}, []
    span = next(one for one in found if one.name == name)
    while span is not None:
        names.append(span.name)
        span = by_id.get(span.parent_span_id)
    return names


@pytest.mark.gen_test
async def test_a_scheduled_send_is_one_trace_from_the_caller_to_its_job(
    store_uris: StoreUris, database_name: str, collected: tuple[int, list[Any]]
) -> None:
    port, found = collected
    url = f"http://127.0.0.1:{port}/v1/traces"
    settings = settings_for(database_name, CARILLON_TRACING_OTLP_URL=url)
    async with Site(settings, store_uris) as site:
        alice, bob = await site.people("alice", "bob")
        soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
        body = {"content": "the secret of Monday", "recipient_ids": [bob.id], "send_at": soon}
        headers = {"traceparent": CALLER, "X-Request-Id": "r1"}
        sent = await site.request("POST", "/messages/send/", alice, body=body, headers=headers)
        assert sent.status == 202
        job = "job scheduled.leave"
        await until(lambda: job in {one.name for one in found})
        await until(lambda: "effects inbox.send" in {one.name for one in found})
    ours = [one for one in found if one.trace_id.hex() == "ab" * 16]
    request = "POST SendHandler"
    assert way(ours, "publish")[-2:] == ["record scheduled.add", request]
    above = way(ours, "effects inbox.send")
    assert above[:3] == ["effects inbox.send", "record inbox.send", job]
    assert above[-1] == request
    [first] = [one for one in ours if one.name == request]
    assert first.parent_span_id.hex() == "cd" * 8
    told = {one.key: one.value for one in first.attributes}
    assert (told["status"].int_value, told["carillon.request"].string_value) == (202, "r1")
    assert b"Monday" not in b"".join(one.SerializeToString() for one in found)


@pytest.mark.expects_log("traces are lost")
@pytest.mark.gen_test
async def test_a_collector_that_is_away_is_not_waited_for_and_named_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Twice as many spans as may wait: the oldest half is gone, and nothing else happens."""
    monkeypatch.setattr(otlp, "EXPORT_LIMIT_S", 0.3)
    monkeypatch.setattr(otlp, "EVERY_MS", 20)
    caplog.set_level("INFO", "carillon.tracing")
    listening, port = bind_unused_port()
    listening.close()
    tracer = otlp.tracer(f"http://user:secret@127.0.0.1:{port}/v1/traces")

    def lines() -> list[str]:
        return [one.getMessage() for one in caplog.records]

    tracer.start("early", None, {}).end()
    await until(lines)
    began = time.monotonic()
    for _ in range(2 * otlp.MOST_WAITING):
        tracer.start("old", None, {}).end()
    for _ in range(otlp.MOST_WAITING):
        tracer.start("young", None, {}).end()
    assert time.monotonic() - began < 5, "a request would wait"
    found: list[Any] = []
    server = collector(found)
    server.listen(port, "127.0.0.1")
    await until(lambda: len(lines()) == 2, 30)
    tracer.start("late", None, {}).end()
    await until(lambda: "late" in {one.name for one in found}, 30)
    assert len(found) <= otlp.MOST_WAITING + UNDER_WAY + 1
    assert lines() == [
        "traces are lost: the collector at 127.0.0.1 does not take them",
        "the collector at 127.0.0.1 takes traces again",
    ]
    server.stop()
    await asyncio.to_thread(tracer.shut)
    await server.close_all_connections()


@pytest.mark.gen_test
async def test_without_the_exporter_the_setting_is_refused(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "EXPORTER", "push.no_such_exporter")
    settings = settings_for(database_name, CARILLON_TRACING_OTLP_URL="http://127.0.0.1:1/v1/traces")
    with pytest.raises(SettingError, match=r"^tracing.otlp_url: needs requirements-tracing.txt: "):
        Site(settings, store_uris)
