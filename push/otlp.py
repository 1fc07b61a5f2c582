"""Spans over OTLP and HTTP, in batches from a thread of their own. Loaded when it is configured."""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from domain.version import VERSION

EVERY_MS = 1_000
EXPORT_LIMIT_S = 3
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


class OtlpTracer:
    """Sends spans to one collector; more than wait for it are dropped, oldest last."""

    def __init__(self, url: str):
        about = Resource.create({"service.name": "carillon", "service.version": VERSION})
        self._provider = TracerProvider(resource=about, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_LIMIT_S)
        sending = BatchSpanProcessor(exporter, schedule_delay_millis=EVERY_MS)
        self._provider.add_span_processor(sending)
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
