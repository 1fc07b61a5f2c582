"""What this process measures for `/metrics`: every instrument of its own (docs/metrics.md).

What is counted on the way costs a few microseconds each; what is there to be read, such as open
connections, is read when somebody asks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Labels = tuple[str, ...]
Values = Mapping[Labels, float]

# Upper ends (s) of what is counted together: from a read in memory to a request that hangs.
LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LATENESSES_S = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 60, 300, 3600)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True)
class Figure:
    """Something that is there to be read: its name, what it is, and what tells its values apart."""

    name: str
    help: str
    labels: Labels = ()
    is_counter: bool = False

    def family(self, values: Values) -> Metric:
        """The figure as it is now."""
        kind = CounterMetricFamily if self.is_counter else GaugeMetricFamily
        made = kind(self.name, self.help, labels=self.labels)
        for labels, value in values.items():
            made.add_metric(labels, value)
        return made


@dataclass(frozen=True)
class EndedJob:
    """How a run of a job ended: ``done``, ``put back``, ``failed`` or ``dead``."""

    kind: str
    outcome: str
    late_s: float
    took_s: float


class Instruments:
    """The instruments of one process; the names without the ends that Prometheus adds."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._read = _Readings()
        self._registry.register(self._read)
        ProcessCollector(registry=self._registry)
        self._requests = self._counter(
            "carillon_http_requests", "Requests answered", "handler", "method", "status"
        )
        self._request_s = self._histogram(
            "carillon_http_request_seconds", "From a request's head to its answer", "handler"
        )
        self._lag_s = self._histogram(
            "carillon_delivery_lag_seconds", "From a change's stamp to those here who are told"
        )
        self._mongodb_s = self._histogram(
            "carillon_mongodb_seconds", "What MongoDB is asked, to its answer", "operation"
        )
        self._mongodb_failures = self._counter(
            "carillon_mongodb_failures", "What MongoDB gave no answer to", "operation"
        )
        self._redis_s = self._histogram(
            "carillon_redis_publish_seconds", "Round trips to Redis, many envelopes in each"
        )
        envelopes = self._counter(
            "carillon_redis_envelopes", "Envelopes for other processes: taken or lost", "outcome"
        )
        self._taken, self._lost = envelopes.labels("taken"), envelopes.labels("lost")
        self._job_s = self._histogram(
            "carillon_job_seconds", "How long jobs ran, by how that ended", "kind", "outcome"
        )
        self._job_late_s = self._histogram(
            "carillon_job_lateness_seconds",
            "From when a job was due to its start",
            "kind",
            buckets=LATENESSES_S,
        )
        self._of_request: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._of_operation: dict[str, Histogram] = {}

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(
        self, name: str, text: str, *labels: str, buckets: tuple[float, ...] = LATENCIES_S
    ) -> Histogram:
        return Histogram(name, text, labels, registry=self._registry, buckets=buckets)

    def read(self, figure: Figure, values: Callable[[], Values]) -> None:
        """Read this figure each time that somebody asks; ``values`` must not wait."""
        self._read.sources.append((figure, values))

    def families(self) -> Iterable[Metric]:
        """Everything that this process measures, as it is now."""
        return self._registry.collect()

    # What happens

    def note_request(self, handler: str, method: str, status: int, took_s: float) -> None:
        """A request was answered."""
        key = (handler, method if method in METHODS else "other", status)
        children = self._of_request.get(key)
        if children is None:
            counter = self._requests.labels(handler, key[1], str(status))
            children = self._of_request[key] = (counter, self._request_s.labels(handler))
        children[0].inc()
        children[1].observe(took_s)

    def note_lag(self, lag_s: float) -> None:
        """A change was told to those here, so long after its stamp; clocks differ a little."""
        self._lag_s.observe(max(0.0, lag_s))

    def note_operation(self, operation: str, took_s: float, is_done: bool) -> None:
        """MongoDB answered, or did not."""
        child = self._of_operation.get(operation)
        if child is None:
            child = self._of_operation[operation] = self._mongodb_s.labels(operation)
        child.observe(took_s)
        if not is_done:
            self._mongodb_failures.labels(operation).inc()

    def note_publish(self, envelopes: int, took_s: float, is_taken: bool) -> None:
        """Redis took a pipeline of so many envelopes, or did not."""
        self._redis_s.observe(took_s)
        (self._taken if is_taken else self._lost).inc(envelopes)

    def note_job(self, ended: EndedJob) -> None:
        """A run of a job ended."""
        self._job_late_s.labels(ended.kind).observe(max(0.0, ended.late_s))
        self._job_s.labels(ended.kind, ended.outcome).observe(ended.took_s)


class _Readings(Collector):
    """What is read when it is asked for."""

    def __init__(self) -> None:
        self.sources: list[tuple[Figure, Callable[[], Values]]] = []

    def collect(self) -> Iterator[Metric]:
        for figure, values in self.sources:
            yield figure.family(values())
