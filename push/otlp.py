"""Spans over OTLP and HTTP, in batches from a thread of their own. Loaded when it is configured.

Nobody waits for the collector: while it is away spans are dropped, and that is said once.
"""

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from domain.version import VERSION

EVERY_MS = 1_000
EXPORT_LIMIT_S = 3
MOST_WAITING = 2_048  # spans
log = logging.getLogger("carillon.tracing")

TEXT = TraceContextTextMapPropagator()


class OtlpSpan:
    """One that was begun."""

    def __init__(self, span: Span):
        self._span = span
        carrier: dict[str, str] = {}
        TEXT.inject(carrier, set_span_in_context(span, Context()))
        self.parent = carrier["traceparent"]

    def end(self, error: BaseException | None = None, **attributes: str | int) -> None:
        """It is over; of an error its kind alone, for its text may hold what was sent."""
        for name, value in attributes.items():
            self._span.set_attribute(name, value)
        if error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Sending(SpanExporter):
    """Sends batches to one collector, and says when it goes and when it is back."""

    def __init__(self, url: str):
        # The library's own lines come with every batch, and name the whole address.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_LIMIT_S)
        self._where = urlsplit(url).hostname
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        is_away = result is not SpanExportResult.SUCCESS
        if is_away and not self._is_away:
            log.warning("traces are lost: the collector at %s does not take them", self._where)
        if self._is_away and not is_away:
            log.info("the collector at %s takes traces again", self._where)
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


class OtlpTracer:
    """Sends spans to one collector; when more wait for it the oldest are dropped."""

    def __init__(self, url: str):
        about = Resource.create({"service.name": "carillon", "service.version": VERSION})
        self._provider = TracerProvider(resource=about, shutdown_on_exit=False)
        waiting = BatchSpanProcessor(
            Sending(url), max_queue_size=MOST_WAITING, schedule_delay_millis=EVERY_MS
        )
        self._provider.add_span_processor(waiting)
        self._tracer = self._provider.get_tracer("carillon", VERSION)

    def start(self, name: str, parent: str | None, attributes: Mapping[str, str | int]) -> OtlpSpan:
        above = Context() if parent is None else TEXT.extract({"traceparent": parent}, Context())
        return OtlpSpan(self._tracer.start_span(name, above, attributes=dict(attributes)))

    def shut(self) -> None:
        """Send what is left, and no more."""
        self._provider.shutdown()


def tracer(url: str) -> OtlpTracer:
    """What spans are sent with."""
    return OtlpTracer(url)
