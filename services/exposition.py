"""The one answer of `/metrics`: this worker's figures, the other workers', and the database's."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from push.neighbours import Neighbours
from services.instruments import Instruments
from services.stored_figures import StoredFigures

TYPE = CONTENT_TYPE_PLAIN_0_0_4
WORKER = "worker"


class Exposition:
    """Whichever worker is asked answers for all of its server, each under its number.

    Counters of one process never mix with another's: a sum over ``worker`` is the server's.
    """

    def __init__(self, instruments: Instruments, stored: StoredFigures, neighbours: Neighbours):
        self._instruments, self._stored, self._neighbours = instruments, stored, neighbours

    async def begin(self) -> None:
        """Answer the other workers from now on."""
        await self._neighbours.begin(self.own)

    async def end(self) -> None:
        """Answer nobody any more; may be called twice."""
        await self._neighbours.end()
        await self._stored.stop()

    def own(self) -> bytes:
        """This worker's figures, for another one to read."""
        return json.dumps([_told(one) for one in self._instruments.families()]).encode()

    async def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        workers = {self._neighbours.number: self.own(), **await self._neighbours.ask()}
        merged: dict[str, Metric] = {}
        for number in sorted(workers):
            for told in json.loads(workers[number]):
                _merge(merged, told, str(number))
        return _rendered([*merged.values(), *await self._stored.families()])


def _told(family: Metric) -> list[Any]:
    samples = [[one.name, one.labels, one.value] for one in family.samples]
    return [family.name, family.documentation, family.type, samples]


def _merge(merged: dict[str, Metric], told: Sequence[Any], worker: str) -> None:
    name, text, kind, samples = told
    family = merged.setdefault(name, Metric(name, text, kind))
    for sample, labels, value in samples:
        if not sample.endswith("_created"):
            family.add_sample(sample, {WORKER: worker, **labels}, value)


def _rendered(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Ready(families))
    return generate_latest(registry)


class _Ready(Collector):
    def __init__(self, families: Iterable[Metric]):
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families
